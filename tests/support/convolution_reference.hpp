// The convolutions' algorithms of plan/convolution.hpp, by plain loops over its tables: what packed weights
// hold, and what is computed from them.
#pragma once

#include <isthmus/plan/convolution.hpp>

#include "support/image_reference.hpp"

#include <stdexcept>

namespace isthmus::reference {

/// Number of a row and of a column of an algorithm's products, or of taps.
struct Pair {
  int y, x;
};
inline Pair pair_in(int index, int width) { return {index / width, index % width}; }

/// The taps in depth, each with products of its own that lie beside each other, of an algorithm that maps patches.
inline int depth_of(const Node& node) { return node.algorithm == Algorithm::winograd ? node.window.depth() : 1; }

/// How much of a tap is in a product. `restores`: as gradients are turned into gradients of weights.
inline double tap_factor(const Node& node, int product, int tap, bool transposed, bool restores) {
  // Of a single result channel after upsampling: w0 | w1 + w2 | w0 + w1 | w2, for the pixels beside each phase.
  constexpr double phases[4][3] = {{1, 0, 0}, {0, 1, 1}, {1, 1, 0}, {0, 0, 1}};
  const bool doubled = node.window.upsample() == 2;
  const plan::Bilinear* table = nullptr;
  if (node.algorithm == Algorithm::winograd) table = &plan::winograd;
  if (node.algorithm == Algorithm::subpixel || (doubled && restores)) table = &plan::subpixel;
  if (table == nullptr && !doubled) return product == tap ? 1 : 0;
  const int depth = depth_of(node);
  if (product % depth != tap / 9) return 0;
  int in_plane = tap % 9;
  if (table == &plan::winograd && transposed) in_plane = 8 - in_plane;
  const Pair t = pair_in(in_plane, 3);
  if (table == nullptr) return phases[product / 4][t.y] * phases[product % 4][t.x];
  const Pair p = pair_in(product / depth, table->products);
  return static_cast<double>(table->weights[p.y][t.y]) * static_cast<double>(table->weights[p.x][t.x]);
}

/// conv2d_pack: [window, C, D] → packed_shape.
inline void pack(const Array& weights, const Node& node, Array& packed) {
  packed = zeros(packed.dims);
  const bool narrow = node.algorithm == Algorithm::narrow;
  const Op op = node.transpose_b ? Op::conv2d_transpose : Op::conv2d;
  const int products = plan::method_of(op, node.algorithm, node.window).products * depth_of(node);
  const int channels = weights.dims[weights.dims.size() - 2], results = weights.dims.back();
  const int rows = plan::packed_channels(node.transpose_b ? results : channels);
  for (int p = 0; p < products; ++p)
    for (int tap = 0; tap < node.window.taps(); ++tap) {
      const double factor = tap_factor(node, p, tap, node.transpose_b, false);
      for (int c = 0; c < channels; ++c)
        for (int d = 0; d < results; ++d) {
          const int from = node.transpose_b ? d : c, to = node.transpose_b ? c : d;
          const int row = narrow ? from : p * rows + from, column = narrow ? p : to;
          packed.values.at(static_cast<std::size_t>(row * packed.dims[1] + column)) +=
              factor * weights.values.at(weight_of(weights.dims, tap, c, d));
        }
    }
}

/// Which place of its operand a result sees through a tap, in one dimension, or -1.
inline int seen(int result, int tap, int size, const Window::Dimension& window, bool transposed) {
  if (!transposed) {
    const int at = seen_from(window, result, tap);
    return at < size ? std::max(at, -1) : -1;
  }
  const int at = result + window.pad - tap * window.dilation;
  return at >= 0 && at % window.stride == 0 && at / window.stride < size ? at / window.stride : -1;
}
/// In all dimensions: a place outside of the image if it sees none.
inline Place seen(const Place& result, int tap, const Spatial& image, const Window& window, bool transposed) {
  const Place at = place_in(window, tap);
  return {seen(result.z, at.z, image.depth, window.z(), transposed),
          seen(result.y, at.y, image.height, window.y(), transposed),
          seen(result.x, at.x, image.width, window.x(), transposed)};
}

/// A patch of a plane as the left operand of product `p`: in · patch · inᵀ.
inline double left_operand(const plan::Bilinear& table, const Array& image, int p, int n, const Place& first,
                           int channel) {
  const Pair at = pair_in(p, table.products);
  double sum = 0;
  for (int i = 0; i < table.patch; ++i)
    for (int j = 0; j < table.patch; ++j)
      sum += static_cast<double>(table.in[at.y][i]) * static_cast<double>(table.in[at.x][j]) *
             pixel(image, n, {first.z, first.y + i, first.x + j}, channel);
  return sum;
}
/// How much of product `p` is in the result at row y and column x of a block.
inline double out_factor(const plan::Bilinear& table, int p, int y, int x) {
  const Pair at = pair_in(p, table.products);
  return static_cast<double>(table.out[y][at.y]) * static_cast<double>(table.out[x][at.x]);
}

/// The table of a convolution, and where the patch of its first cell starts.
struct Cells {
  const plan::Bilinear* table;
  int top, left;

  Place patch(int plane, int y, int x) const {
    return {plane, y / table->block * table->step + top, x / table->block * table->step + left};
  }
};
inline Cells cells_of(const Node& node) {
  const bool transposed = node.op == Op::conv2d_transpose;
  const int pad_y = node.window.y().pad, pad_x = node.window.x().pad;
  if (node.algorithm == Algorithm::subpixel)
    return {transposed ? &plan::subpixel_transposed : &plan::subpixel, -1, -1};
  return {&plan::winograd, transposed ? pad_y - 2 : -pad_y, transposed ? pad_x - 2 : -pad_x};
}

/// Winograd's and the subpixel convolution: cell by cell.
inline void convolve_cells(const Array& image, const Array& packed, const Node& node, Array& result) {
  const Cells cells = cells_of(node);
  const plan::Bilinear& table = *cells.table;
  const Spatial from(image.dims), to(result.dims);
  const int rows = plan::packed_channels(from.channels), depth = depth_of(node);
  result = zeros(result.dims);
  to.for_each([&](int n, const Place& first) {
    if (first.y % table.block != 0 || first.x % table.block != 0) return;
    for (int p = 0; p < table.products * table.products; ++p)
      for (int k = 0; k < depth; ++k) {
        const int plane = seen(first.z, k, from.depth, node.window.z(), node.op == Op::conv2d_transpose);
        for (int c = 0; c < from.channels; ++c) {
          const double left = left_operand(table, image, p, n, cells.patch(plane, first.y, first.x), c);
          for (int d = 0; d < to.channels; ++d) {
            const int row = (p * depth + k) * rows + c;
            const double product = left * packed.values.at(static_cast<std::size_t>(row * to.channels + d));
            for (int i = 0; i < table.block && first.y + i < to.height; ++i)
              for (int j = 0; j < table.block && first.x + j < to.width; ++j)
                element(result, n, {first.z, first.y + i, first.x + j}, d) += out_factor(table, p, i, j) * product;
          }
        }
      }
  });
}

/// Which places a result of a narrow convolution sums, and by which column of products: for each tap, or for the
/// two neighbours of each phase.
struct Source {
  int pixel, product;
};
inline std::vector<Source> sources(int result, int size, const Window::Dimension& window, int upsample,
                                   bool transposed) {
  if (upsample == 2) {
    const int phase = result % 2, at = result / 2;
    return {{at - 1 + phase, 2 * phase}, {at + phase, 2 * phase + 1}};
  }
  std::vector<Source> list;
  for (int tap = 0; tap < window.size; ++tap) list.push_back({seen(result, tap, size, window, transposed), tap});
  return list;
}

/// One result channel: the sum of what its neighbours' products hold for it.
inline void convolve_narrow(const Array& image, const Array& packed, const Node& node, Array& result) {
  const Window& w = node.window;
  const bool transposed = node.op == Op::conv2d_transpose;
  const int down = w.upsample() == 2 ? 4 : w.height(), across = w.upsample() == 2 ? 4 : w.width();
  const Spatial from(image.dims), to(result.dims);
  result = zeros(result.dims);
  to.for_each([&](int n, const Place& at) {
    for (const Source& in : sources(at.z, from.depth, w.z(), 1, transposed))
      for (const Source& up : sources(at.y, from.height, w.y(), w.upsample(), transposed))
        for (const Source& side : sources(at.x, from.width, w.x(), w.upsample(), transposed))
          for (int c = 0; c < from.channels; ++c) {
            const int product = (in.product * down + up.product) * across + side.product;
            element(result, n, at, 0) += pixel(image, n, {in.pixel, up.pixel, side.pixel}, c) *
                                         packed.values.at(static_cast<std::size_t>(c * packed.dims[1] + product));
          }
  });
}

/// One product for each tap.
inline void convolve_taps(const Array& image, const Array& packed, const Node& node, Array& result) {
  const bool transposed = node.op == Op::conv2d_transpose;
  const Spatial from(image.dims), to(result.dims);
  const int rows = plan::packed_channels(from.channels);
  result = zeros(result.dims);
  to.for_each([&](int n, const Place& at) {
    for (int tap = 0; tap < node.window.taps(); ++tap) {
      const Place place = seen(at, tap, from, node.window, transposed);
      for (int c = 0; c < from.channels; ++c)
        for (int d = 0; d < to.channels; ++d)
          element(result, n, at, d) +=
              pixel(image, n, place, c) *
              packed.values.at(static_cast<std::size_t>((tap * rows + c) * to.channels + d));
    }
  });
}

/// conv2d or conv2d_transpose with packed weights; a direct one may take the weights as they are.
inline void convolve_packed(const Array& image, const Array& packed, const Node& node, Array& result) {
  switch (node.algorithm) {
    case Algorithm::direct: return convolve_taps(image, packed, node, result);
    case Algorithm::narrow: return convolve_narrow(image, packed, node, result);
    default: return convolve_cells(image, packed, node, result);
  }
}

/// Row of channel c and product p in conv2d_weights' result before it is restored.
inline int gradient_row(const Node& node, int channels, int products, int c, int p) {
  if (node.algorithm == Algorithm::narrow) return c;
  return channels == 1 ? p : (c / 16 * products + p) * 16 + c % 16;
}

/// conv2d_weights in its algorithm's own form, gradient_shape.
inline void gradient_of_packed(const Array& image, const Array& result, const Node& node, Array& gradient) {
  const Window& w = node.window;
  const bool narrow = node.algorithm == Algorithm::narrow, doubled = w.upsample() == 2;
  const bool mapped = node.algorithm == Algorithm::winograd || node.algorithm == Algorithm::subpixel;
  const int products = plan::weight_products(node.algorithm, w), depth = depth_of(node);
  const Spatial from(image.dims), to(result.dims);
  gradient = zeros(gradient.dims);
  const auto add = [&](int c, int d, int p, double value) {
    const int row = gradient_row(node, from.channels, products, c, p), column = narrow ? p : d;
    gradient.values.at(static_cast<std::size_t>(row * gradient.dims[1] + column)) += value;
  };
  // Cells are blocks of results; for one result channel they are the image's pixels.
  const Cells cells = mapped ? cells_of(node) : Cells{&plan::subpixel_transposed, -1, -1};
  const plan::Bilinear& table = *cells.table;
  const int block = mapped ? table.block : 1;
  (narrow ? from : to).for_each([&](int n, const Place& at) {
    if (at.y % block != 0 || at.x % block != 0) return;
    for (int p = 0; p < products; ++p)
      for (int c = 0; c < from.channels; ++c)
        for (int d = 0; d < to.channels; ++d) {
          double left = 0, right = 0;
          if (mapped) {
            const int plane = seen(at.z, p % depth, from.depth, w.z(), false);
            left = left_operand(table, image, p / depth, n, cells.patch(plane, at.y, at.x), c);
            for (int i = 0; i < block; ++i)
              for (int j = 0; j < block; ++j)
                right += out_factor(table, p / depth, i, j) * pixel(result, n, {at.z, at.y + i, at.x + j}, d);
          } else if (narrow) {
            left = pixel(image, n, at, c);
            right = doubled ? left_operand(table, result, p, n, {0, 2 * at.y - 1, 2 * at.x - 1}, 0)
                            : pixel(result, n, seen(at, p, to, w, true), 0);
          } else {
            left = pixel(image, n, seen(at, p, from, w, false), c);
            right = pixel(result, n, at, d);
          }
          add(c, d, p, left * right);
        }
  });
}

/// conv2d_restore: gradient_shape → [window, C, D].
inline void restore(const Array& gradient, const Node& node, Array& weights) {
  weights = zeros(weights.dims);
  const bool narrow = node.algorithm == Algorithm::narrow;
  const int products = plan::weight_products(node.algorithm, node.window);
  const int channels = weights.dims[weights.dims.size() - 2];
  for (int tap = 0; tap < node.window.taps(); ++tap)
    for (int p = 0; p < products; ++p) {
      const double factor = tap_factor(node, p, tap, false, true);
      for (int c = 0; c < channels; ++c)
        for (int d = 0; d < weights.dims.back(); ++d) {
          const int row = gradient_row(node, channels, products, c, p), column = narrow ? p : d;
          weights.values.at(weight_of(weights.dims, tap, c, d)) +=
              factor * gradient.values.at(static_cast<std::size_t>(row * gradient.dims[1] + column));
        }
    }
}

}  // namespace isthmus::reference
