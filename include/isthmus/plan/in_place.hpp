// Plan → Plan: results that take over the bytes of an operand. A group that reads a value element by element, and
// is the last to read it, may write a result of the same shape over it. That is free where the order of groups
// makes it so, but it is an order: the group waits for all other readers of the operand. So it is done under a
// memory budget only.
#pragma once

#include <isthmus/plan/memory.hpp>

namespace isthmus::plan {

/// Whether a group reads a value at no other place than where it writes.
constexpr bool reads_in_place(const PlanView& plan, const Group& group, int value) {
  if (group.a == value || group.b == value || group.c == value) return false;
  bool reads = false;
  for (int i = 0; i < group.instructions; ++i) {
    const Instruction& step = plan.instructions[group.first_instruction + i];
    const bool loads = step.code >= Code::load && step.code <= Code::load_scalar;
    if (!loads || plan.operands[group.first_operand + step.a] != value) continue;
    if (step.code != Code::load) return false;
    reads = true;
  }
  return reads;
}

/// Whether two values lie in memory alike, so that an element of one is where that of the other would be.
constexpr bool lie_alike(const Value& a, const Value& b) {
  return a.storage == Storage::transient && b.storage == Storage::transient && !a.panel_sums && !b.panel_sums &&
         a.has_batch == b.has_batch && a.rows == b.rows && a.columns == b.columns;
}

/// The result that a group may write over an operand, or -1.
constexpr int result_over(const PlanView& plan, const Group& group, int operand) {
  if (!reads_in_place(plan, group, operand)) return -1;
  for (int r = 0; r < group.results; ++r) {
    const int result = plan.results[group.first_result + r].value;
    if (lie_alike(plan.values[operand], plan.values[result])) return result;
  }
  return -1;
}

/// Lets a result of each group take over the bytes of an operand that no other group reads afterwards, if there is
/// one. Cost: linear in what groups touch.
constexpr void share_in_place(PlanBuilder& builder) {
  const PlanView plan = view(builder);
  const Lifetimes life = lifetimes(plan);
  for (int g = 0; g < plan.group_count; ++g) {
    const Group& group = plan.groups[g];
    int result = -1;
    for (int o = 0; o < group.operands && result < 0; ++o) {
      const int operand = plan.operands[group.first_operand + o];
      if (life.last.data()[operand] == g) result = result_over(plan, group, operand);
      if (result >= 0) builder.values.data()[result].reuses = operand;
    }
  }
}

}  // namespace isthmus::plan
