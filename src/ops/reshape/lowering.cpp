#include "ops/image_map.hpp"
#include "ops/lowerings.hpp"

namespace isthmus::ops {

const lower::Lowering reshape_lowering{
    [](const lower::Program& program, bool) { return program.kernels->reshape; },
    [](const plan::PlanView& plan, const plan::Group& group, lower::AnchorCall& call) {
      const plan::Value& a = plan.values[group.a];
      call.image = image_map(plan.graph[group.node], {1, a.rows, a.columns}, {1, group.rows, group.columns});
    },
};

}  // namespace isthmus::ops
