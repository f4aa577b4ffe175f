#include <isthmus/plan/ports.hpp>

#include "ops/image_map.hpp"
#include "ops/lowerings.hpp"

namespace isthmus::ops {

const lower::Lowering random_lowering{
    [](const lower::Program& program, bool) { return program.kernels->random; },
    [](const plan::PlanView& plan, const plan::Group& group, lower::AnchorCall& call) {
      const Node& node = plan.graph[group.node];
      call.image = image_map(node, {}, {1, group.rows, group.columns});
      call.random.stream = plan::stream_of(node.label);
    },
    true,
};

}  // namespace isthmus::ops
