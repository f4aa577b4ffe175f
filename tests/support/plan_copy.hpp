// A plan that somebody else holds, to be changed.
#pragma once

#include <isthmus/plan/plan.hpp>

namespace isthmus::testing {

constexpr plan::PlanBuilder copy_of(const plan::PlanView& view) {
  plan::PlanBuilder copy;
  copy.nodes.assign(view.graph.begin(), view.graph.end());
  copy.values.assign(view.values, view.values + view.value_count);
  copy.groups.assign(view.groups, view.groups + view.group_count);
  copy.instructions.assign(view.instructions, view.instructions + view.instruction_count);
  copy.operands.assign(view.operands, view.operands + view.operand_count);
  copy.results.assign(view.results, view.results + view.result_count);
  return copy;
}

}  // namespace isthmus::testing
