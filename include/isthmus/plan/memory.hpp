// Plan → offsets: where every value lives, for a given largest batch. All offsets are constants.
//
// Values of a sequential order that are never alive together may share bytes. Tiles run in parallel and out of
// order, so each sharing is paid for by an edge: every group that touches the earlier value ends before the
// group that writes the later one starts. A value that reuses another's bytes (in_place.hpp) is placed with it.
//
// Placement is by decreasing size, each value in the smallest gap that takes it: Pisarchyk and Lee 2020,
// "Efficient memory management for deep neural net inference", algorithm 3.
#pragma once

#include <isthmus/array.hpp>
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

namespace detail {

/// Where all values of a plan lie, and which of them share bytes with others.
struct Placement {
  MemoryPlan memory;  ///< but for the edges
  Lifetimes life;
  Array<std::int64_t> size;  ///< of each value
  std::vector<int> transient;
};

/// Cost: quadratic in the number of transient values, with small constants.
constexpr Placement place_values(const PlanView& plan, int max_batch) {
  Placement placement{{}, lifetimes(plan), Array<std::int64_t>(plan.value_count), {}};
  MemoryPlan& memory = placement.memory;
  const int* const first = placement.life.first.data();
  const int* const last = placement.life.last.data();
  memory.offset.assign(static_cast<std::size_t>(plan.value_count), -1);
  std::int64_t* const offset = memory.offset.data();
  std::int64_t* const size = placement.size.data();
  std::vector<int>& transient = placement.transient;
  transient.reserve(static_cast<std::size_t>(plan.value_count));
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
  Array<int> ends(plan.value_count);
  int* const until = ends.data();
  for (int v = 0; v < plan.value_count; ++v) until[v] = last[v];
  const auto origin = [&](int value) {
    while (plan.values[value].reuses >= 0) value = plan.values[value].reuses;
    return value;
  };
  for (const int v : transient)
    if (plan.values[v].reuses >= 0 && last[v] > until[origin(v)]) until[origin(v)] = last[v];
  memory.arena_bytes = memory.kept_bytes;
  Array<int> by_offset(static_cast<int>(transient.size()));
  int* const placed = by_offset.data();
  int count = 0;
  Array<std::int64_t> changes(plan.group_count + 1);  // of the bytes that are alive, at each group
  for (const int v : transient) {
    if (plan.values[v].reuses >= 0) continue;
    const int from = first[v], to = until[v];
    const std::int64_t bytes = size[v];
    std::int64_t best = -1, best_gap = -1, end = memory.kept_bytes;
    for (int p = 0; p < count; ++p) {
      const int other = placed[p];
      if (first[other] > to || until[other] < from) continue;
      const std::int64_t begin = offset[other], gap = begin - end;
      if (gap >= bytes && (best < 0 || gap < best_gap)) {
        best = end;
        best_gap = gap;
      }
      if (begin + size[other] > end) end = begin + size[other];
    }
    const std::int64_t here = best >= 0 ? best : end;
    offset[v] = here;
    if (here + bytes > memory.arena_bytes) memory.arena_bytes = here + bytes;
    int at = count++;
    for (; at > 0 && offset[placed[at - 1]] > here; --at) placed[at] = placed[at - 1];
    placed[at] = v;
    if (from > to) continue;
    changes[from] += bytes;
    changes[to + 1] -= bytes;
  }
  for (const int v : transient) offset[v] = offset[origin(v)];
  std::int64_t alive = memory.kept_bytes;
  for (int g = 0; g < plan.group_count; ++g) {
    alive += changes[g];
    if (alive > memory.live_bytes) memory.live_bytes = alive;
  }
  return placement;
}

/// Whether a group reads or writes a value.
constexpr bool touches(const PlanView& plan, const Group& group, int value) {
  if (group.a == value || group.b == value || group.c == value) return true;
  for (int i = 0; i < group.operands; ++i)
    if (plan.operands[group.first_operand + i] == value) return true;
  for (int i = 0; i < group.results; ++i)
    if (plan.results[group.first_result + i].value == value) return true;
  return false;
}

/// Values that share bytes: the groups of the later one wait for all that touch the earlier one.
constexpr std::vector<Edge> edges_between(const PlanView& plan, const Placement& placement) {
  const int* const first = placement.life.first.data();
  const int* const last = placement.life.last.data();
  const std::int64_t* const offset = placement.memory.offset.data();
  const std::int64_t* const size = placement.size.data();
  const int* const transient = placement.transient.data();
  const int count = static_cast<int>(placement.transient.size());
  std::vector<Edge> edges;
  // The edges to each group as a list, by their indices from 1 on; 0 ends it.
  Array<int> latest(plan.group_count + 1);
  std::vector<int> previous;
  for (int l = 0; l < count; ++l) {
    const int later = transient[l], after = first[later];
    const std::int64_t begin = offset[later], end = begin + size[later];
    for (int e = 0; e < count; ++e) {
      const int earlier = transient[e];
      if (offset[earlier] >= end || offset[earlier] + size[earlier] <= begin) continue;
      if (last[earlier] >= after && plan.values[later].reuses != earlier) continue;
      for (int g = first[earlier]; g <= last[earlier]; ++g) {
        if (g == after) continue;  // takes the bytes over, tile by tile
        if (!touches(plan, plan.groups[g], earlier)) continue;
        int known = latest[after];
        while (known > 0 && edges.data()[known - 1].before != g) known = previous.data()[known - 1];
        if (known > 0) continue;
        edges.push_back({g, after});
        previous.push_back(latest[after]);
        latest[after] = static_cast<int>(edges.size());
      }
    }
  }
  return edges;
}

}  // namespace detail

/// Cost: quadratic in the number of transient values, with small constants.
constexpr MemoryPlan plan_memory(const PlanView& plan, int max_batch) {
  detail::Placement placement = detail::place_values(plan, max_batch);
  placement.memory.edges = detail::edges_between(plan, placement);
  return static_cast<MemoryPlan&&>(placement.memory);
}

/// What plan_memory() says of the arena alone, for less.
constexpr std::int64_t planned_bytes(const PlanView& plan, int max_batch) {
  return detail::place_values(plan, max_batch).memory.arena_bytes;
}

}  // namespace isthmus::plan
