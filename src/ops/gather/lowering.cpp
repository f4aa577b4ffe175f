#include "ops/lowerings.hpp"

namespace isthmus::ops {
namespace {

void bind_shapes(const plan::PlanView& plan, const plan::Group& group, lower::AnchorCall& call) {
  const Node& node = plan.graph[group.node];
  for (int k = 0; k < 2 && node.inputs[k] >= 0; ++k) call.shapes[k] = plan.graph[node.inputs[k]].shape;
  call.shapes[3] = node.shape;
}

}  // namespace

const lower::Lowering gather_lowering{[](const lower::Program& program, bool) { return program.kernels->gather; },
                                      bind_shapes};
const lower::Lowering scatter_lowering{
    [](const lower::Program& program, bool) { return program.kernels->scatter; }, bind_shapes};

}  // namespace isthmus::ops
