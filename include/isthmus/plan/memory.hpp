// Plan → offsets: where every value lives, for a given largest batch. All offsets are constants.
//
// Values of a sequential order that are never alive together may share bytes. Tiles run in parallel and out of
// order, so each sharing is paid for by an edge: every group that touches the earlier value ends before the
// group that writes the later one starts. A value that reuses another's bytes (in_place.hpp) is placed with it.
//
// Placement is by decreasing size, each value in the smallest gap that takes it: Pisarchyk and Lee 2020,
// "Efficient memory management for deep neural net inference", algorithm 3.
#pragma once

#include <isthmus/plan/plan.hpp>

#include <algorithm>

namespace isthmus::plan {

inline constexpr std::int64_t cache_line = 64;

/// The next multiple of it.
constexpr std::int64_t in_cache_lines(std::int64_t bytes) {
  return (bytes + cache_line - 1) / cache_line * cache_line;
}

/// Rows from one panel to the next. Panels whose distance is a power of two would fall into the same few cache
/// sets, so from 16 rows on it is an odd multiple of 16.
constexpr std::int64_t panel_rows(std::int64_t rows) {
  if (rows <= panel_width) return rows;
  const std::int64_t blocks = (rows + panel_width - 1) / panel_width;
  return (blocks | 1) * panel_width;
}

constexpr std::int64_t value_rows(const Value& value, int max_batch) {
  return static_cast<std::int64_t>(value.rows) * (value.has_batch ? max_batch : 1);
}

constexpr std::int64_t value_bytes(const Value& value, int max_batch) {
  const std::int64_t rows = value_rows(value, max_batch);
  std::int64_t bytes = 0;
  switch (value.storage) {
    case Storage::parameter:
    case Storage::state:
    case Storage::packed:
    case Storage::reduced:
    case Storage::transient:
      if (value.panel_sums) bytes = rows * panels_of(value.columns) * 4;
      else bytes = panel_rows(rows) * panels_of(value.columns) * panel_width * 4;
      break;
    default: return 0;
  }
  return in_cache_lines(bytes);
}

/// The layout of a value's elements, in floats: element (r, c) is at r * row_stride + (c / 16) * panel_stride +
/// c % 16, wherever the value's memory is.
struct Layout {
  std::int64_t row_stride = 0;    ///< 0 for a single row, such as a bias: every row that reads it reads this one
  std::int64_t panel_stride = 0;  ///< 0 for a single panel: a single column is repeated for every panel
  bool row_major = false;         ///< the caller's memory: nothing may be read or written beyond the last column
};

constexpr Layout layout_of(const Value& value, int max_batch) {
  const std::int64_t rows = value_rows(value, max_batch);
  if (value.storage == Storage::scalar) return {};
  if (value.panel_sums) return {1, rows, false};
  const bool callers = value.storage == Storage::external_input || value.storage == Storage::external_output;
  Layout layout = callers ? Layout{value.columns, panel_width, true}
                          : Layout{panel_width, panel_rows(rows) * panel_width, false};
  if (value.rows == 1 && !value.has_batch) layout.row_stride = 0;
  if (value.columns <= panel_width) layout.panel_stride = 0;
  return layout;
}

struct MemoryPlan {
  std::vector<std::int64_t> offset;  ///< of each value in the arena, -1 if it is not there
  std::vector<Edge> edges;           ///< groups kept apart because their values share bytes
  std::int64_t arena_bytes = 0;
  std::int64_t kept_bytes = 0;  ///< parameters, states and what is reduced, at the arena's start
  std::int64_t live_bytes = 0;  ///< the largest sum of values alive together: what no plan can go below
};

/// First and last group that touches each value; kept values are always alive.
struct Lifetimes {
  std::vector<int> first, last;
};
constexpr Lifetimes lifetimes(const PlanView& plan) {
  Lifetimes life;
  life.first.assign(static_cast<std::size_t>(plan.value_count), plan.group_count);
  life.last.assign(static_cast<std::size_t>(plan.value_count), -1);
  int* const first = life.first.data();
  int* const last = life.last.data();
  const auto touch = [&](int value, int group) {
    if (value < 0) return;
    if (group < first[value]) first[value] = group;
    if (group > last[value]) last[value] = group;
  };
  for (int g = 0; g < plan.group_count; ++g) {
    const Group& group = plan.groups[g];
    touch(group.a, g);
    touch(group.b, g);
    touch(group.c, g);
    for (int i = 0; i < group.operands; ++i) touch(plan.operands[group.first_operand + i], g);
    for (int i = 0; i < group.results; ++i) touch(plan.results[group.first_result + i].value, g);
  }
  return life;
}

/// Cost: quadratic in the number of transient values, with small constants.
constexpr MemoryPlan plan_memory(const PlanView& plan, int max_batch) {
  MemoryPlan memory;
  const Lifetimes life = lifetimes(plan);
  const int* const first = life.first.data();
  const int* const last = life.last.data();
  memory.offset.assign(static_cast<std::size_t>(plan.value_count), -1);
  std::int64_t* const offset = memory.offset.data();
  std::vector<std::int64_t> sizes(static_cast<std::size_t>(plan.value_count), 0);
  std::int64_t* const size = sizes.data();
  std::vector<int> transient;
  for (int v = 0; v < plan.value_count; ++v) {
    const Value& value = plan.values[v];
    size[v] = value_bytes(value, max_batch);
    if (size[v] == 0) continue;
    if (value.storage == Storage::transient) {
      transient.push_back(v);
    } else if (value.storage != Storage::reduced) {
      offset[v] = memory.kept_bytes;
      memory.kept_bytes += size[v];
    }
  }
  // The operands of one all_reduce are contiguous, and each sum replaces its operand.
  for (int g = 0; g < plan.group_count; ++g) {
    const Group& group = plan.groups[g];
    if (group.anchor != Anchor::all_reduce) continue;
    for (int i = 0; i < group.operands; ++i) {
      const int operand = plan.operands[group.first_operand + i];
      if (size[operand] == 0) continue;
      offset[operand] = offset[plan.results[group.first_result + i].value] = memory.kept_bytes;
      memory.kept_bytes += size[operand];
    }
  }
  std::sort(transient.begin(), transient.end(),
            [&](int a, int b) { return size[a] != size[b] ? size[a] > size[b] : a < b; });
  // Until when bytes are needed: by the value that has them first, and by those that take them over.
  std::vector<int> ends(life.last);
  int* const until = ends.data();
  const auto origin = [&](int value) {
    while (plan.values[value].reuses >= 0) value = plan.values[value].reuses;
    return value;
  };
  for (const int v : transient)
    if (plan.values[v].reuses >= 0 && last[v] > until[origin(v)]) until[origin(v)] = last[v];
  memory.arena_bytes = memory.kept_bytes;
  std::vector<int> placed;  // by offset
  for (const int v : transient) {
    if (plan.values[v].reuses >= 0) continue;
    std::int64_t best = -1, best_gap = -1, end = memory.kept_bytes;
    for (const int other : placed) {
      if (first[other] > until[v] || until[other] < first[v]) continue;
      const std::int64_t gap = offset[other] - end;
      if (gap >= size[v] && (best < 0 || gap < best_gap)) {
        best = end;
        best_gap = gap;
      }
      if (offset[other] + size[other] > end) end = offset[other] + size[other];
    }
    offset[v] = best >= 0 ? best : end;
    if (offset[v] + size[v] > memory.arena_bytes) memory.arena_bytes = offset[v] + size[v];
    std::size_t at = 0;
    while (at < placed.size() && offset[placed.data()[at]] <= offset[v]) ++at;
    placed.insert(placed.begin() + static_cast<std::ptrdiff_t>(at), v);
  }
  for (const int v : transient) offset[v] = offset[origin(v)];
  for (int g = 0; g < plan.group_count; ++g) {
    std::int64_t alive = memory.kept_bytes;
    for (const int v : placed)
      if (first[v] <= g && g <= until[v]) alive += size[v];
    if (alive > memory.live_bytes) memory.live_bytes = alive;
  }
  // Values that share bytes: the groups of the later one wait for all that touch the earlier one.
  std::vector<Edge>& edges = memory.edges;
  for (const int later : transient)
    for (const int earlier : transient) {
      const bool handed_over = plan.values[later].reuses == earlier;
      if (last[earlier] >= first[later] && !handed_over) continue;
      if (offset[earlier] + size[earlier] <= offset[later] || offset[later] + size[later] <= offset[earlier])
        continue;
      for (int g = first[earlier]; g <= last[earlier]; ++g) {
        const Group& group = plan.groups[g];
        if (g == first[later]) continue;  // takes the bytes over, tile by tile
        bool touches = group.a == earlier || group.b == earlier || group.c == earlier;
        for (int i = 0; i < group.operands; ++i)
          touches = touches || plan.operands[group.first_operand + i] == earlier;
        for (int i = 0; i < group.results; ++i)
          touches = touches || plan.results[group.first_result + i].value == earlier;
        if (!touches) continue;
        bool known = false;
        for (const Edge& edge : edges) known = known || (edge.before == g && edge.after == first[later]);
        if (!known) edges.push_back({g, first[later]});
      }
    }
  return memory;
}

}  // namespace isthmus::plan
