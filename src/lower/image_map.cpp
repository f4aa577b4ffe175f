#include "lower/image_map.hpp"

namespace isthmus::lower {

using plan::Anchor;

ImageMap image_map_of(const plan::PlanView& plan, const plan::Group& group) {
  const Node& node = plan.graph[group.node];
  ImageMap map;
  map.op = node.op;
  map.algorithm = node.algorithm;
  map.window = node.window;
  map.transposed = node.op == Op::conv2d_pack ? node.transpose_b : node.transpose_a;
  map.pooled = node.pooled;
  map.attribute = node.attribute;
  const auto set_source = [&](int height, int width, int channels) {
    map.height = height;
    map.width = width;
    map.channels = channels;
  };
  const auto set_result = [&](int height, int width, int channels) {
    map.result_height = height;
    map.result_width = width;
    map.result_channels = channels;
  };
  const Shape source = node.inputs[0] < 0 ? Shape{} : plan.graph[node.inputs[0]].shape;
  switch (group.anchor) {
    case Anchor::reshape:
      set_source(static_cast<int>(source.rows_per_sample()), source.columns(), 1);
      set_result(group.rows, group.columns, 1);
      break;
    case Anchor::random: set_result(group.rows, group.columns, 1); break;
    // Weights [height, width, channels, result channels].
    case Anchor::conv2d_pack:
      set_source(1, 1, source.dim[2]);
      set_result(1, 1, source.dim[3]);
      break;
    case Anchor::conv2d_restore:
      set_source(1, 1, node.shape.dim[2]);
      set_result(1, 1, node.shape.dim[3]);
      break;
    default: {
      const Shape& result = group.anchor == Anchor::conv2d_weights ? plan.graph[node.inputs[1]].shape : node.shape;
      set_source(source.height(), source.width(), source.channels());
      // The gradient of pooled results is put back while it is read.
      const int pooling = group.anchor == Anchor::conv2d_weights && node.pooled ? 2 : 1;
      set_result(pooling * result.height(), pooling * result.width(), result.channels());
    }
  }
  return map;
}

}  // namespace isthmus::lower
