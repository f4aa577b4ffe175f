// Convolutions of series, images and volumes, the gradients of these, and the maps of weights that algorithms
// read.
#pragma once

#include <isthmus/ops/reshape.hpp>
#include <isthmus/ops/spatial.hpp>

namespace isthmus {

constexpr Tensor Builder::conv2d(Tensor image, Tensor weights, const Window& window, const Shape& places) {
  const Shape x = image.shape(), w = weights.shape();
  const int results = w.rank > 0 ? w.dim[w.rank - 1] : 1;
  if (!x.is_spatial() || !ops::are_weights(w, window, x.channels(), results))
    mistake(Mistake::channels_differ, x, w);
  const Shape result = ops::spatial_of(places, results);
  require_room(x, result, window);
  image = reshape(image, ops::with_flat_channel(x));
  return reshape(windowed(Op::conv2d, image, weights, window, ops::with_flat_channel(result)), result);
}

constexpr Tensor Builder::conv2d_transpose(Tensor result, Tensor weights, const Window& window, Shape image) {
  const Shape y = result.shape(), w = weights.shape();
  if (!y.is_spatial() || !ops::are_weights(w, window, image.channels(), y.channels()))
    mistake(Mistake::channels_differ, y, w);
  require_room(image, y, window);
  result = reshape(result, ops::with_flat_channel(y));
  return reshape(windowed(Op::conv2d_transpose, result, weights, window, ops::with_flat_channel(image)), image);
}

constexpr Tensor Builder::conv2d_weights(Tensor image, Tensor result, const Window& window, Shape weights) {
  image = reshape(image, ops::with_flat_channel(image.shape()));
  result = reshape(result, ops::with_flat_channel(result.shape()));
  return windowed(Op::conv2d_weights, image, result, window, weights);
}

constexpr void Builder::require_room(const Shape& image, const Shape& result, const Window& window) {
  const bool single = image.channels() == 1 || result.channels() == 1;
  const std::int64_t rows = std::int64_t{window.depth()} * window.height();
  const bool is_known =
      window.upsample() == 1 || (window.upsample() == 2 && ops::may_see_doubled(window, image, result));
  if ((single && (window.taps() > 4096 || rows * window.x().reach() > 60'000)) || !is_known)
    mistake(Mistake::convolution_too_large, image,
            shape_of(batch, window.depth(), window.height(), window.width()));
}

namespace ops {

/// Multiplications and additions as it is written. `a` and `b` are the shapes of its operands.
constexpr double convolution_flops(const Node& node, const Shape& a, const Shape& b, double n) {
  const Shape& image = node.op == Op::conv2d_transpose ? node.shape : a;
  const Shape& result = node.op == Op::conv2d ? node.shape : node.op == Op::conv2d_transpose ? a : b;
  const int channels = image.channels() / node.window.groups();
  return 2.0 * node.window.taps() * channels * elements(result, n) * (node.pooled ? 4 : 1);
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
      return operand == 0 ? b.conv2d_transpose(d.g, d.b, window, d.a.shape())
                          : b.conv2d_weights(d.a, d.g, window, d.b.shape());
    },
    {},
    convolution_flops,
};

inline constexpr OperationRule conv2d_transpose_rule{
    [](const Derivative& d, int operand) {
      Builder& b = *d.g.builder;
      const Window window = d.y.node().window;
      return operand == 0 ? b.conv2d(d.g, d.b, window, ops::places_of(d.a.shape()))
                          : b.conv2d_weights(d.g, d.a, window, d.b.shape());
    },
    {},
    convolution_flops,
};

inline constexpr OperationRule conv2d_weights_rule{
    [](const Derivative& d, int operand) {
      Builder& b = *d.g.builder;
      const Window window = d.y.node().window;
      return operand == 0 ? b.conv2d_transpose(d.b, d.g, window, d.a.shape())
                          : b.conv2d(d.a, d.g, window, ops::places_of(d.b.shape()));
    },
    {},
    convolution_flops,
};

// Plans have these; what is differentiated does not.
inline constexpr OperationRule conv2d_pack_rule{nullptr, {}, no_flops};
inline constexpr OperationRule conv2d_restore_rule{nullptr, {}, no_flops};

}  // namespace ops

}  // namespace isthmus
