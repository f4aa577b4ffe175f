#include "ops/lowerings.hpp"

namespace isthmus::ops {
namespace {

void bind_recurrence(const plan::PlanView& plan, const plan::Group& group, lower::AnchorCall& call) {
  const Node& node = plan.graph[group.node];
  bind_shapes(plan, group, call);
  call.cell = node.attribute.as<RecurrentCell>();
  call.reversed = node.reversed;
}

}  // namespace

const lower::Lowering recurrence_lowering{
    [](const lower::Program& program, bool) { return program.kernels->recurrence; }, bind_recurrence};
const lower::Lowering recurrence_gradient_lowering{
    [](const lower::Program& program, bool) { return program.kernels->recurrence_gradient; }, bind_recurrence};

}  // namespace isthmus::ops
