// Algorithms of convolutions: each one turns a patch of the image into some products' left operands, and
// the products into a block of results. All are exact in exact arithmetic.
//
// An algorithm of one dimension is three small matrices (Winograd 1980, "Arithmetic Complexity of Computations";
// Lavin and Gray 2016, "Fast algorithms for convolutional neural networks", section 4):
//
//     results = out · ((weights_map · w) ⊙ (in · patch)),
//
// and in several dimensions one is applied along each. With channels, ⊙ is a matrix product, rows being the cells
// (patches) of all images. Where there is no map in depth, a window over a volume is several of these, one for
// each tap in depth, whose products are added up before they are mapped; a series is an image of one row.
#pragma once

#include <isthmus/ops/spatial.hpp>

namespace isthmus::plan {

/// An algorithm of one dimension.
struct Bilinear {
  static constexpr int most = 8;  ///< pixels and products
  int window = 1;                 ///< taps
  int patch = 1;                  ///< pixels read
  int before = 0;                 ///< of these, before the first result's own
  int step = 1;                   ///< pixels from one patch to the next
  int products = 1;               ///< in one dimension
  int block = 1;                  ///< results
  float in[most][most] = {};
  float weights[most][most] = {};
  float out[2][most] = {};

  constexpr int cells(int results) const { return (results + block - 1) / block; }
};

/// A dimension in which the window has one tap.
inline constexpr Bilinear identity{1, 1, 0, 1, 1, 1, {{1}}, {{1}}, {{1}}};

/// F(2, 3): two results of a window of three by four products instead of six. Where its patches start depends on
/// the padding.
inline constexpr Bilinear winograd{3,
                                   4,
                                   0,
                                   2,
                                   4,
                                   2,
                                   {{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}},
                                   {{1, 0, 0}, {0.5f, 0.5f, 0.5f}, {0.5f, -0.5f, 0.5f}, {0, 0, 1}},
                                   {{1, 1, 1, 0}, {0, 1, -1, -1}}};

// Windows over pixels that are each there twice. Where two taps beside each other see the same pixel, sums of
// weights meet differences of pixels: with S = w0 + w1 + …, both results of pixel i are S x[i] and what the other
// pixels differ from it (summation by parts). A window of three:
//     y[2i]     = w0 x[i-1] + (w1 + w2) x[i] = S x[i] + w0 (x[i-1] - x[i])
//     y[2i + 1] = (w0 + w1) x[i] + w2 x[i+1] = S x[i] + w2 (x[i+1] - x[i])
// As many products for two results as there are taps. As phases (Shi et al. 2016, "Real-time single image and
// video super-resolution using an efficient sub-pixel convolutional neural network") they would take one more, or
// as written twice as many.
inline constexpr Bilinear subpixel3{3,
                                    3,
                                    1,
                                    1,
                                    3,
                                    2,
                                    {{1, -1, 0}, {0, 1, 0}, {0, -1, 1}},
                                    {{1, 0, 0}, {1, 1, 1}, {0, 0, 1}},
                                    {{1, 1, 0}, {0, 1, 1}}};
inline constexpr Bilinear subpixel5{5,
                                    3,
                                    1,
                                    1,
                                    5,
                                    2,
                                    {{0, 1, 0}, {1, -1, 0}, {0, -1, 1}, {1, -1, 0}, {0, -1, 1}},
                                    {{1, 1, 1, 1, 1}, {1, 1}, {0, 0, 0, 0, 1}, {1}, {0, 0, 0, 1, 1}},
                                    {{1, 1, 1, 0, 0}, {1, 0, 0, 1, 1}}};
inline constexpr Bilinear subpixel7{
    7,
    5,
    2,
    1,
    7,
    2,
    {{0, 0, 1}, {1, -1, 0}, {0, 1, -1}, {0, 0, -1, 1}, {0, 1, -1}, {0, 0, -1, 1}, {0, 0, 0, -1, 1}},
    {{1, 1, 1, 1, 1, 1, 1},
     {1},
     {1, 1, 1},
     {0, 0, 0, 0, 0, 1, 1},
     {1, 1},
     {0, 0, 0, 0, 1, 1, 1},
     {0, 0, 0, 0, 0, 0, 1}},
    {{1, 1, 1, 1, 0, 0, 0}, {1, 0, 0, 0, 1, 1, 1}}};

/// The gradient in x of one whose patches follow each other by one pixel, from g = dL/dy: what x[j] adds to the
/// products of the cells around it, each times its weights. Of a window of three over pixels that are there twice
///     S (g[2j] + g[2j+1]) + w0 (g[2j+2] - g[2j]) + w2 (g[2j-1] - g[2j+1]).
constexpr Bilinear transpose_of(const Bilinear& m) {
  // of[p][at]: the factor of g[2j + at - middle].
  constexpr int middle = 2 * Bilinear::most;
  float of[Bilinear::most][2 * middle] = {};
  int first = 2 * middle, last = 0;
  for (int p = 0; p < m.products; ++p)
    for (int i = 0; i < m.patch; ++i)
      for (int r = 0; r < m.block; ++r) {
        const int at = middle + m.block * (m.before - i) + r;
        of[p][at] += m.in[p][i] * m.out[r][p];
      }
  for (int p = 0; p < m.products; ++p)
    for (int at = 0; at < 2 * middle; ++at)
      if (of[p][at] != 0) {
        first = at < first ? at : first;
        last = at > last ? at : last;
      }
  Bilinear back{m.window, last - first + 1, middle - first, m.block, m.products, 1};
  for (int p = 0; p < m.products; ++p) {
    for (int i = 0; i < back.patch; ++i) back.in[p][i] = of[p][first + i];
    for (int tap = 0; tap < m.window; ++tap) back.weights[p][tap] = m.weights[p][tap];
    back.out[0][p] = 1;
  }
  return back;
}
inline constexpr Bilinear subpixel3_transposed = transpose_of(subpixel3),
                          subpixel5_transposed = transpose_of(subpixel5),
                          subpixel7_transposed = transpose_of(subpixel7);

/// An algorithm that maps patches, along each dimension.
struct Maps {
  const Bilinear &z, &y, &x;

  constexpr int products() const { return z.products * y.products * x.products; }
  constexpr int taps() const { return z.window * y.window * x.window; }
  constexpr int block() const { return z.block * y.block * x.block; }
};

constexpr const Bilinear& subpixel_of(int window, bool transposed) {
  if (window == 3) return transposed ? subpixel3_transposed : subpixel3;
  if (window == 5) return transposed ? subpixel5_transposed : subpixel5;
  return transposed ? subpixel7_transposed : subpixel7;
}
/// The maps of Algorithm::winograd and of a window over pixels that are each there twice. The transpose of the
/// former is one as well, with its taps in reverse order.
constexpr Maps maps_of(const Window& window, bool transposed) {
  const auto along = [&](int size) -> const Bilinear& {
    if (size == 1) return identity;
    return window.upsample() == 2 ? subpixel_of(size, transposed) : winograd;
  };
  const Bilinear& in_depth = window.upsample() == 2 ? along(window.depth()) : identity;
  return {in_depth, along(window.height()), along(window.width())};
}
/// The taps in depth that an algorithm which maps patches has no map for.
constexpr int summed_planes(const Window& window) { return window.upsample() == 2 ? 1 : window.depth(); }

/// The matrix product of a convolution: its rows are cells, its columns result channels.
struct Method {
  Algorithm algorithm = Algorithm::direct;
  int products = 1;                                         ///< of a cell: 16, 9, …; or one for each tap
  int block_planes = 1, block_rows = 1, block_columns = 1;  ///< results of a cell
  bool summed = true;  ///< the products of a cell are added up: they are one product with a longer inner size

  constexpr int block() const { return block_planes * block_rows * block_columns; }
};

/// `op` is conv2d or conv2d_transpose, or conv2d_weights, whose method is that of the conv2d.
constexpr Method method_of(Op op, Algorithm algorithm, const Window& window) {
  const bool transposed = op == Op::conv2d_transpose;
  switch (algorithm) {
    case Algorithm::winograd:
    case Algorithm::subpixel: {
      const Maps maps = maps_of(window, transposed);
      return {algorithm, maps.products(), maps.z.block, maps.y.block, maps.x.block, maps.block() == 1};
    }
    // All taps at once, or four phases of four neighbours.
    case Algorithm::narrow: return {algorithm, window.upsample() == 2 ? 16 : window.taps(), 1, 1, 1, false};
    default: return {algorithm, window.taps(), 1, 1, 1, true};
  }
}

constexpr int round_up(int x, int to) { return (x + to - 1) / to * to; }

/// The channels that a convolution in groups reads and gives. A panel of results multiplies all channels of the
/// panels that it sees, those of other groups by zero: a value that is not finite goes to all of the panel's
/// results.
struct GroupedChannels {
  int from = 1, to = 1, groups = 1;

  constexpr int group_of_result(int channel) const { return channel / (to / groups); }
  constexpr int group_of_operand(int channel) const { return channel / (from / groups); }

  /// The panels of operands' channels that a panel of results sees: those from its first channel's group to its
  /// last channel's. Without groups these are all.
  constexpr int most_panels_seen() const {
    int most = 1;
    for (int panel = 0; 16 * panel < to; ++panel) {
      const int seen = panel_behind(panel) - panel_of_first(panel);
      most = seen > most ? seen : most;
    }
    return most;
  }
  /// The first of as many as the most.
  constexpr int first_panel_seen(int panel, int most) const {
    const int first = panel_of_first(panel), latest = round_up(from, 16) / 16 - most;
    return first < latest ? first : latest;
  }

 private:
  constexpr int panel_of_first(int panel) const { return group_of_result(16 * panel) * (from / groups) / 16; }
  constexpr int panel_behind(int panel) const {
    const int last = 16 * panel + 15 < to ? 16 * panel + 15 : to - 1;
    return round_up((group_of_result(last) + 1) * (from / groups), 16) / 16;
  }
};

/// Whether what a window sees of few channels lies dense, tap after tap, in a product's left operand: with whole
/// panels of channels for each tap most lanes of these would be empty.
constexpr bool has_dense_taps(int channels, Algorithm algorithm, const Window& window) {
  if (channels == 1) return true;
  const int all = window.taps() * channels;
  return algorithm == Algorithm::direct && window.groups() == 1 && channels < 16 && all <= 1024 &&
         round_up(all, 16) <= 12 * window.taps();
}

/// Rows of packed weights for each product: the channels, in whole panels unless they lie dense.
constexpr int packed_channels(const GroupedChannels& channels, Algorithm algorithm, const Window& window) {
  if (channels.groups > 1) return 16 * channels.most_panels_seen();
  return has_dense_taps(channels.from, algorithm, window) ? channels.from : round_up(channels.from, 16);
}

/// The channels on both sides of weights [window, C, D]; those of a convolution in groups have the C of one.
constexpr int channels_of_weights(const Shape& weights, const Window& window) {
  return weights.dim[weights.rank - 2] * window.groups();
}
constexpr int results_of_weights(const Shape& weights) { return weights.dim[weights.rank - 1]; }

/// The number of products that the taps become, for each channel: in packed weights, unless the algorithm is
/// narrow, and in gradients.
constexpr int weight_products(Algorithm algorithm, const Window& window) {
  const bool is_mapped = algorithm == Algorithm::winograd || window.upsample() == 2;
  return is_mapped ? maps_of(window, false).products() * summed_planes(window) : window.taps();
}

/// The shape of the weights [window, C, D] as the algorithm reads them, and the operand that it reads them with:
/// `transposed` for conv2d_transpose.
constexpr Shape packed_shape(const Shape& weights, Algorithm algorithm, const Window& window, bool transposed) {
  const int channels = channels_of_weights(weights, window), results = results_of_weights(weights);
  const int from = transposed ? results : channels, to = transposed ? channels : results;
  if (algorithm == Algorithm::depthwise) return shape_of(window.taps(), to);
  const int rows = packed_channels({from, to, window.groups()}, algorithm, window);
  if (algorithm == Algorithm::narrow) return shape_of(rows, method_of(Op::conv2d, algorithm, window).products);
  return shape_of(weight_products(algorithm, window) * rows, to);
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

/// The rows of one part of conv2d_weights' result: for each panel of channels (that a panel of results sees) all
/// products, sixteen rows each, so that the rows of a task lie together. For few channels these are the rows of
/// each product; for channels each by itself the products are the rows, and for one result channel they are the
/// columns.
constexpr int gradient_rows(const GroupedChannels& channels, Algorithm algorithm, const Window& window) {
  if (algorithm == Algorithm::narrow) return round_up(channels.from, 16);
  const int products = weight_products(algorithm, window);
  if (algorithm == Algorithm::depthwise) return products;
  if (has_dense_taps(channels.from, algorithm, window)) return round_up(products * channels.from, 16);
  return products * 16 * channels.most_panels_seen();
}

/// The shape of one part of conv2d_weights' result before it is restored to weights [window, C, D].
constexpr Shape gradient_shape(const Shape& weights, Algorithm algorithm, const Window& window) {
  const int channels = channels_of_weights(weights, window), results = results_of_weights(weights);
  const int rows = gradient_rows({channels, results, window.groups()}, algorithm, window);
  return shape_of(rows, algorithm == Algorithm::narrow ? weight_products(algorithm, window) : results);
}

/// Vector operations for each plane of results and tap in depth, relative: what the choice between direct and
/// Winograd is made by. A transform costs some loads, additions and stores for each panel of a cell, measured as
/// about 4 products' worth a value.
constexpr bool winograd_pays(const Shape& source, const Shape& result, const Window& window) {
  const Maps maps = maps_of(window, false);
  const double cells = static_cast<double>(maps.y.cells(result.height())) * maps.x.cells(result.width());
  const double from = source.channels(), to = result.channels(), depth = window.depth();
  const double direct = maps.taps() * depth * result.height() * result.width() * from * to;
  const double fast = maps.products() * cells * (depth * (from * to + 5.0 * from) + 3.0 * to);
  return fast < direct;
}

/// The algorithm for a convolution node, given the shapes of the image side and of the result side.
constexpr Algorithm choose_algorithm(Op op, const Window& window, const Shape& image, const Shape& result,
                                     bool allow_winograd) {
  const bool transposed = op == Op::conv2d_transpose;
  const bool narrow = transposed ? image.channels() == 1 : result.channels() == 1;
  if (narrow) return Algorithm::narrow;
  if (window.groups() > 1) {
    const bool is_depthwise = window.groups() == image.channels() && window.groups() == result.channels();
    return is_depthwise ? Algorithm::depthwise : Algorithm::direct;
  }
  if (window.upsample() == 2) return Algorithm::subpixel;
  const bool is_of_rows = window.height() == 1 && image.height() == 1;
  const bool fits = (window.height() == 3 || is_of_rows) && window.width() == 3 && window.y().stride == 1 &&
                    window.x().stride == 1 && window.is_dense();
  const int most = image.channels() > result.channels() ? image.channels() : result.channels();
  if (!allow_winograd || !fits || image.channels() < 16 || result.channels() < 16 ||
      maps_of(window, false).products() * summed_planes(window) * most > ops::most_gathered)
    return Algorithm::direct;
  const bool pays = transposed ? winograd_pays(result, image, window) : winograd_pays(image, result, window);
  return pays ? Algorithm::winograd : Algorithm::direct;
}

}  // namespace isthmus::plan
