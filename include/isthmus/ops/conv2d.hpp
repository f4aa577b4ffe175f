// Convolutions of images, the gradients of these, and the maps of weights that algorithms read.
#pragma once

#include <isthmus/ops/operation.hpp>

namespace isthmus {

constexpr Tensor Builder::conv2d(Tensor image, Tensor weights, const Window& window, int height, int width) {
  const Shape x = image.shape(), w = weights.shape();
  if (!x.is_image() || w.rank != 4 || w.dim[2] != x.channels() || w.dim[0] != window.height ||
      w.dim[1] != window.width)
    mistake(Mistake::channels_differ, x, w);
  require_room(x, w, window);
  return windowed(Op::conv2d, image, weights, window, shape_of(batch, height, width, w.dim[3]));
}

constexpr Tensor Builder::conv2d_transpose(Tensor result, Tensor weights, const Window& window, Shape image) {
  const Shape y = result.shape(), w = weights.shape();
  if (!y.is_image() || w.rank != 4 || w.dim[3] != y.channels() || w.dim[2] != image.dim[3])
    mistake(Mistake::channels_differ, y, w);
  require_room(image, w, window);
  return windowed(Op::conv2d_transpose, result, weights, window, image);
}

constexpr Tensor Builder::conv2d_weights(Tensor image, Tensor result, const Window& window) {
  return windowed(Op::conv2d_weights, image, result, window,
                  shape_of(window.height, window.width, image.shape().dim[3], result.shape().dim[3]));
}

constexpr void Builder::require_room(const Shape& image, const Shape& weights, const Window& window) {
  const std::int64_t channels = (weights.dim[2] > weights.dim[3] ? weights.dim[2] : weights.dim[3]) + 15;
  const std::int64_t products = (window.taps() > 16 ? window.taps() : 16) + 15;
  const bool single = weights.dim[2] == 1 || weights.dim[3] == 1;
  if (products * channels > 100'000 || window.taps() > 900 ||
      (single && products * (window.height + 1) * image.dim[2] > 100'000) ||
      (window.upsample != 1 && !(window == Window{3, 3, 1, 1, 1, 1, 2} && image.dim[3] > 1)))
    mistake(Mistake::convolution_too_large, image, weights);
}

namespace ops {

/// Multiplications and additions as it is written. `a` and `b` are the shapes of its operands.
constexpr double convolution_flops(const Node& node, const Shape& a, const Shape& b, double n) {
  const Shape& image = node.op == Op::conv2d_transpose ? node.shape : a;
  const Shape& result = node.op == Op::conv2d ? node.shape : node.op == Op::conv2d_transpose ? a : b;
  return 2.0 * node.window.taps() * image.channels() * elements(result, n) * (node.pooled ? 4 : 1);
}
constexpr double convolution_flops(GraphView graph, const Node& node, double n) {
  return convolution_flops(node, graph[node.inputs[0]].shape, graph[node.inputs[1]].shape, n);
}

// A convolution is linear in the image and in the weights, and each of the three is the derivative of the other
// two.

inline constexpr OperationRule conv2d_rule{
    [](const Derivative& d, int operand) {
      Builder& b = *d.g.builder;
      const Window window = d.y.node().window;
      return operand == 0 ? b.conv2d_transpose(d.g, d.b, window, d.a.shape()) : b.conv2d_weights(d.a, d.g, window);
    },
    {},
    convolution_flops,
};

inline constexpr OperationRule conv2d_transpose_rule{
    [](const Derivative& d, int operand) {
      Builder& b = *d.g.builder;
      const Window window = d.y.node().window;
      return operand == 0 ? b.conv2d(d.g, d.b, window, d.a.shape().height(), d.a.shape().width())
                          : b.conv2d_weights(d.g, d.a, window);
    },
    {},
    convolution_flops,
};

inline constexpr OperationRule conv2d_weights_rule{
    [](const Derivative& d, int operand) {
      Builder& b = *d.g.builder;
      const Window window = d.y.node().window;
      return operand == 0 ? b.conv2d_transpose(d.b, d.g, window, d.a.shape())
                          : b.conv2d(d.a, d.g, window, d.b.shape().height(), d.b.shape().width());
    },
    {},
    convolution_flops,
};

// Plans have these; what is differentiated does not.
inline constexpr OperationRule conv2d_pack_rule{nullptr, {}, no_flops};
inline constexpr OperationRule conv2d_restore_rule{nullptr, {}, no_flops};

}  // namespace ops

}  // namespace isthmus
