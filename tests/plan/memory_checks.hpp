// Invariants of the memory of every plan, checked without the plan's own lifetimes.
#pragma once

#include <isthmus/plan/memory.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <utility>

namespace isthmus::testing {

inline bool touches(const plan::PlanView& plan, int g, int value) {
  const plan::Group& group = plan.groups[g];
  bool found = group.a == value || group.b == value || group.c == value;
  for (int i = 0; i < group.operands; ++i) found = found || plan.operands[group.first_operand + i] == value;
  for (int i = 0; i < group.results; ++i) found = found || plan.results[group.first_result + i].value == value;
  return found;
}

/// First and last group that touches a value, kept ones always alive.
inline std::pair<int, int> life(const plan::PlanView& plan, int value) {
  if (plan.values[value].storage != plan::Storage::transient) return {-1, plan.group_count};
  int first = plan.group_count, last = -1;
  for (int g = 0; g < plan.group_count; ++g)
    if (touches(plan, g, value)) first = std::min(first, g), last = g;
  return {first, last};
}

/// Whether a group, the one that makes `result`, may write it over `operand`: it reads the one where it writes the
/// other, and nowhere else.
inline bool may_write_over(const plan::PlanView& plan, int g, int operand, int result) {
  const plan::Group& group = plan.groups[g];
  const plan::Value& from = plan.values[operand];
  const plan::Value& to = plan.values[result];
  if (to.producer != g || group.a == operand || group.b == operand || group.c == operand) return false;
  if (from.rows != to.rows || from.columns != to.columns || from.has_batch != to.has_batch) return false;
  if (from.panel_sums || to.panel_sums) return false;
  for (int i = 0; i < group.instructions; ++i) {
    const plan::Instruction& step = plan.instructions[group.first_instruction + i];
    const bool by_row = step.code == plan::Code::load_row || step.code == plan::Code::load_column;
    if (by_row && plan.operands[group.first_operand + step.a] == operand) return false;
  }
  return true;
}

/// Values that are alive together never overlap, and every sharing of bytes has its edges.
inline void check_memory(const plan::PlanView& plan, int max_batch) {
  const plan::MemoryPlan memory = plan::plan_memory(plan, max_batch);
  const auto offset = [&](int v) { return memory.offset[static_cast<std::size_t>(v)]; };
  const auto edge_exists = [&](int before, int after) {
    return std::any_of(memory.edges.begin(), memory.edges.end(),
                       [&](const plan::Edge& e) { return e.before == before && e.after == after; });
  };
  int overlaps = 0, missing_edges = 0, unaligned = 0, outside = 0;
  for (int v = 0; v < plan.value_count; ++v) {
    const std::int64_t size = plan::value_bytes(plan.values[v], max_batch);
    if (size == 0) {
      CHECK(offset(v) == -1);
      continue;
    }
    unaligned += offset(v) % 64 != 0;
    outside += offset(v) < 0 || offset(v) + size > memory.arena_bytes;
    const auto [first, last] = life(plan, v);
    for (int w = 0; w < plan.value_count; ++w) {
      const std::int64_t other = plan::value_bytes(plan.values[w], max_batch);
      if (w == v || other == 0 || offset(w) + other <= offset(v) || offset(v) + size <= offset(w)) continue;
      const auto [other_first, other_last] = life(plan, w);
      const bool over = plan.values[w].reuses == v && last == other_first && offset(v) == offset(w) &&
                        may_write_over(plan, last, v, w);
      const bool under = plan.values[v].reuses == w && other_last == first;
      if (!(last < other_first || other_last < first || over || under)) ++overlaps;
      if (last < other_first || over)
        for (int g = 0; g < plan.group_count; ++g)
          if (touches(plan, g, v) && g != other_first) missing_edges += !edge_exists(g, other_first);
    }
  }
  CHECK(overlaps == 0);
  CHECK(missing_edges == 0);
  CHECK(unaligned == 0);
  CHECK(outside == 0);
  for (const plan::Edge& edge : memory.edges) CHECK(edge.before < edge.after);
}

}  // namespace isthmus::testing
