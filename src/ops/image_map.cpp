#include "ops/image_map.hpp"

namespace isthmus::ops {

lower::ImageExtent extent_of(const Shape& shape) {
  return {shape.depth(), shape.height(), shape.width(), shape.channels(), shape.is_flat()};
}

lower::ImageMap image_map(const Node& node, const lower::ImageExtent& image, const lower::ImageExtent& result) {
  lower::ImageMap map;
  map.op = node.op;
  map.algorithm = node.algorithm;
  map.window = node.window;
  map.transposed = node.transpose_a;
  map.pooled = node.pooled;
  map.attribute = node.attribute;
  map.image = image;
  map.result = result;
  return map;
}

void bind_image(const plan::PlanView& plan, const plan::Group& group, lower::AnchorCall& call) {
  const Node& node = plan.graph[group.node];
  call.image = image_map(node, extent_of(plan.graph[node.inputs[0]].shape), extent_of(node.shape));
}

}  // namespace isthmus::ops
