#include <isthmus/plan/convolution.hpp>

#include <algorithm>

#include "ops/image_map.hpp"
#include "ops/lowerings.hpp"

namespace isthmus::ops {
namespace {

using lower::AnchorCall;
using lower::Program;
using lower::Tile;

/// A gradient of no samples: the kernel starts its sums with the first one.
void clear_result(const AnchorCall& call, const Tile& tile) {
  const lower::View& to = call.call.results[0];
  for (int p = tile.panel_begin; p < tile.panel_end; ++p)
    for (int r = tile.row_begin; r < tile.row_end; ++r)
      std::fill_n(to.data + r * to.row_stride + p * to.panel_stride, plan::panel_width, 0.0f);
}

/// The map for packing and restoring weights [window, channels, result channels].
lower::ImageMap weights_map(const Node& node, const Shape& weights) {
  lower::ImageMap map = image_map(node, {.channels = plan::channels_of_weights(weights, node.window)},
                                  {.channels = plan::results_of_weights(weights)});
  map.weights_are_flat = weights.is_flat();
  return map;
}

}  // namespace

const lower::Lowering conv2d_lowering{[](const Program& program, bool) { return program.kernels->conv2d; },
                                      bind_image};

const lower::Lowering conv2d_weights_lowering{
    [](const Program& program, bool has_samples) {
      return has_samples ? program.kernels->conv2d_weights : &clear_result;
    },
    [](const plan::PlanView& plan, const plan::Group& group, AnchorCall& call) {
      const Node& node = plan.graph[group.node];
      // The gradient of pooled results is put back while it is read.
      const int pooling = node.pooled ? 2 : 1;
      lower::ImageExtent result = extent_of(plan.graph[node.inputs[1]].shape);
      result.height *= pooling;
      result.width *= pooling;
      call.image = image_map(node, extent_of(plan.graph[node.inputs[0]].shape), result);
    },
};

const lower::Lowering conv2d_pack_lowering{
    [](const Program& program, bool) { return program.kernels->conv2d_pack; },
    [](const plan::PlanView& plan, const plan::Group& group, AnchorCall& call) {
      const Node& node = plan.graph[group.node];
      call.image = weights_map(node, plan.graph[node.inputs[0]].shape);
      call.image.transposed = node.transpose_b;
    },
};

const lower::Lowering conv2d_restore_lowering{
    [](const Program& program, bool) { return program.kernels->conv2d_restore; },
    [](const plan::PlanView& plan, const plan::Group& group, AnchorCall& call) {
      const Node& node = plan.graph[group.node];
      call.image = weights_map(node, node.shape);
    },
};

}  // namespace isthmus::ops
