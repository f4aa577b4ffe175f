#include "ops/lowerings.hpp"

namespace isthmus::ops {

const lower::Lowering move_lowering{
    [](const lower::Program& program, bool) { return program.kernels->move; },
    [](const plan::PlanView& plan, const plan::Group& group, lower::AnchorCall& call) {
      const Node& node = plan.graph[group.node];
      call.image.op = node.op;
      call.image.attribute = node.attribute;
      call.offset = node.offset;
      for (int k = 0; k < 3 && node.inputs[k] >= 0; ++k) call.shapes[k] = plan.graph[node.inputs[k]].shape;
      call.shapes[3] = node.shape;
    },
};

}  // namespace isthmus::ops
