#include "ops/lowerings.hpp"

namespace isthmus::ops {

const lower::Lowering batched_matmul_lowering{
    [](const lower::Program& program, bool) { return program.kernels->batched_matmul; },
    [](const plan::PlanView& plan, const plan::Group& group, lower::AnchorCall& call) {
      const Node& node = plan.graph[group.node];
      bind_shapes(plan, group, call);
      call.transpose_b = node.transpose_b;
      call.heads = static_cast<int>(node.attribute.as<Heads>());
    },
};

}  // namespace isthmus::ops
