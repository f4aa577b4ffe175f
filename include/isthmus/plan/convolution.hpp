// Algorithms of convolutions: each one turns a patch of the image into some products' left operands, and
// the products into a block of results. All are exact in exact arithmetic.
//
// An algorithm of one dimension is three small matrices (Winograd 1980, "Arithmetic Complexity of Computations";
// Lavin and Gray 2016, "Fast algorithms for convolutional neural networks", section 4):
//
//     results = out · ((weights_map · w) ⊙ (in · patch)),
//
// and in two dimensions both are applied to rows and to columns. With channels, ⊙ is a matrix product, rows being
// the cells (patches) of all images. A window over a volume is several of these, one for each tap in depth, whose
// products are added up before they are mapped; a series is an image of one row.
#pragma once

#include <isthmus/graph.hpp>

namespace isthmus::plan {

/// An algorithm of one dimension for windows of three.
struct Bilinear {
  int patch = 0;     ///< pixels read
  int step = 0;      ///< pixels from one patch to the next
  int products = 0;  ///< in one dimension
  int block = 0;     ///< results
  float in[4][4] = {};
  float weights[4][3] = {};
  float out[2][4] = {};
};

/// F(2, 3): two results of a window of three by four products instead of six.
inline constexpr Bilinear winograd{4,
                                   2,
                                   4,
                                   2,
                                   {{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}},
                                   {{1, 0, 0}, {0.5f, 0.5f, 0.5f}, {0.5f, -0.5f, 0.5f}, {0, 0, 1}},
                                   {{1, 1, 1, 0}, {0, 1, -1, -1}}};

/// A window of three over pixels that are each there twice. Both results of pixel i share S = w0 + w1 + w2:
///     y[2i]     = w0 x[i-1] + (w1 + w2) x[i] = S x[i] + w0 (x[i-1] - x[i])
///     y[2i + 1] = (w0 + w1) x[i] + w2 x[i+1] = S x[i] + w2 (x[i+1] - x[i])
/// Three products for two results. As phases (Shi et al. 2016, "Real-time single image and video super-resolution
/// using an efficient sub-pixel convolutional neural network") they would take four.
inline constexpr Bilinear subpixel{
    3, 1, 3, 2, {{1, -1, 0}, {0, 1, 0}, {0, -1, 1}}, {{1, 0, 0}, {1, 1, 1}, {0, 0, 1}}, {{1, 1, 0}, {0, 1, 1}}};

/// Its gradient in x, from g = dL/dy of twice the size:
///     S (g[2i] + g[2i+1]) + w0 (g[2i+2] - g[2i]) + w2 (g[2i-1] - g[2i+1]).
inline constexpr Bilinear subpixel_transposed{
    4, 2, 3, 1, {{0, -1, 0, 1}, {0, 1, 1, 0}, {1, 0, -1, 0}}, {{1, 0, 0}, {1, 1, 1}, {0, 0, 1}}, {{1, 1, 1}}};

/// The matrix product of a convolution: its rows are cells, its columns result channels.
struct Method {
  Algorithm algorithm = Algorithm::direct;
  int products = 1;    ///< in height and width: 16, 9; or one for each tap
  int block = 1;       ///< results of a cell each way
  bool summed = true;  ///< the products of a cell are added up: they are one product with a longer inner size
};

/// `op` is conv2d or conv2d_transpose, or conv2d_weights, whose method is that of the conv2d.
constexpr Method method_of(Op op, Algorithm algorithm, const Window& window) {
  const bool transposed = op == Op::conv2d_transpose;
  switch (algorithm) {
    case Algorithm::winograd: return {algorithm, 16, 2, false};
    case Algorithm::subpixel: return {algorithm, 9, transposed ? 1 : 2, transposed};
    // All taps at once, or four phases of four neighbours.
    case Algorithm::narrow: return {algorithm, window.upsample() == 2 ? 16 : window.taps(), 1, false};
    default: return {algorithm, window.taps(), 1, true};
  }
}

constexpr int round_up(int x, int to) { return (x + to - 1) / to * to; }

/// Rows of packed weights for each product: the channels, in whole panels. A single channel's taps lie dense.
constexpr int packed_channels(int channels) { return channels == 1 ? 1 : round_up(channels, 16); }

/// The channels on both sides of weights [window, C, D].
constexpr int channels_of_weights(const Shape& weights) { return weights.dim[weights.rank - 2]; }
constexpr int results_of_weights(const Shape& weights) { return weights.dim[weights.rank - 1]; }

/// The number of products that the taps become, for each channel: in packed weights, unless the algorithm is
/// narrow, and in gradients.
constexpr int weight_products(Algorithm algorithm, const Window& window) {
  if (window.upsample() == 2) return 9;
  return algorithm == Algorithm::winograd ? 16 * window.depth() : window.taps();
}

/// The shape of the weights [window, C, D] as the algorithm reads them, and the operand that it reads them with:
/// `transposed` for conv2d_transpose.
constexpr Shape packed_shape(const Shape& weights, Algorithm algorithm, const Window& window, bool transposed) {
  const int channels = channels_of_weights(weights), results = results_of_weights(weights);
  const int from = transposed ? results : channels, to = transposed ? channels : results;
  if (algorithm == Algorithm::narrow)
    return shape_of(packed_channels(from), method_of(Op::conv2d, algorithm, window).products);
  return shape_of(weight_products(algorithm, window) * packed_channels(from), to);
}

/// A gradient of weights is summed in parts, each over some of the samples, which are tasks of their own; a single
/// sum would have to be cut by channels, and each of these tasks would gather what the others have gathered
/// already. Large gradients are not worth the memory.
constexpr int gradient_parts(std::int64_t elements) { return elements <= (std::int64_t{1} << 20) ? 4 : 1; }

/// The number of the parts that a run of `samples` samples fills: part p has samples [p n / filled, (p + 1) n /
/// filled).
constexpr int filled_parts(GradientParts attribute, int samples) {
  const int parts = static_cast<int>(attribute), wanted = samples / 8;
  return wanted < 1 ? 1 : wanted < parts ? wanted : parts;
}

/// The rows of one part of conv2d_weights' result: for each panel of channels all products, sixteen rows each, so
/// that the rows of a task lie together. For one channel the products are the rows; for one result channel they
/// are the columns.
constexpr int gradient_rows(int channels, Algorithm algorithm, const Window& window) {
  if (algorithm == Algorithm::narrow) return round_up(channels, 16);
  const int products = weight_products(algorithm, window);
  return channels == 1 ? round_up(products, 16) : products * round_up(channels, 16);
}

/// The shape of one part of conv2d_weights' result before it is restored to weights [window, C, D].
constexpr Shape gradient_shape(const Shape& weights, Algorithm algorithm, const Window& window) {
  const int rows = gradient_rows(channels_of_weights(weights), algorithm, window);
  if (algorithm == Algorithm::narrow) return shape_of(rows, weight_products(algorithm, window));
  return shape_of(rows, results_of_weights(weights));
}

/// Vector operations for each plane of results and tap in depth, relative: what the choice between direct and
/// Winograd is made by. A transform costs some loads, additions and stores for each panel of a cell, measured as
/// about 4 products' worth a value.
constexpr bool winograd_pays(const Shape& source, const Shape& result, int depth) {
  const double cells = static_cast<double>((result.height() + 1) / 2) * ((result.width() + 1) / 2);
  const double from = source.channels(), to = result.channels();
  const double direct = 9.0 * depth * result.height() * result.width() * from * to;
  const double fast = 16.0 * cells * (depth * (from * to + 5.0 * from) + 3.0 * to);
  return fast < direct;
}

/// Left operands of a cell that an algorithm which maps patches gathers all at once, at most.
inline constexpr int most_operands = 16 * 1024;

/// The algorithm for a convolution node, given the shapes of the image side and of the result side.
constexpr Algorithm choose_algorithm(Op op, const Window& window, const Shape& image, const Shape& result,
                                     bool allow_winograd) {
  const bool transposed = op == Op::conv2d_transpose;
  const bool narrow = transposed ? image.channels() == 1 : result.channels() == 1;
  if (narrow) return Algorithm::narrow;
  if (window.upsample() == 2) return Algorithm::subpixel;
  const bool fits = window.height() == 3 && window.width() == 3 && window.y().stride == 1 &&
                    window.x().stride == 1 && window.is_dense();
  const int most = image.channels() > result.channels() ? image.channels() : result.channels();
  if (!allow_winograd || !fits || image.channels() < 16 || result.channels() < 16 ||
      16 * window.depth() * most > most_operands)
    return Algorithm::direct;
  const bool pays =
      transposed ? winograd_pays(result, image, window.depth()) : winograd_pays(image, result, window.depth());
  return pays ? Algorithm::winograd : Algorithm::direct;
}

}  // namespace isthmus::plan
