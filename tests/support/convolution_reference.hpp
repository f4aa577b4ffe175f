// The convolutions' algorithms of plan/convolution.hpp, by plain loops over its tables: what packed weights
// hold, and what is computed from them.
#pragma once

#include <isthmus/plan/convolution.hpp>

#include "support/image_reference.hpp"

#include <stdexcept>

namespace isthmus::reference {

/// Number of a row and of a column of products, or of taps.
struct Place {
  int y, x;
};
inline Place place_in(int index, int width) { return {index / width, index % width}; }

/// How much of a tap is in a product. `restores`: as gradients are turned into gradients of weights.
inline double tap_factor(const Node& node, int product, int tap, bool transposed, bool restores) {
  // Of a single result channel after upsampling: w0 | w1 + w2 | w0 + w1 | w2, for the pixels beside each phase.
  constexpr double phases[4][3] = {{1, 0, 0}, {0, 1, 1}, {1, 1, 0}, {0, 0, 1}};
  const bool doubled = node.window.upsample == 2;
  const plan::Bilinear* table = nullptr;
  if (node.algorithm == Algorithm::winograd) table = &plan::winograd;
  if (node.algorithm == Algorithm::subpixel || (doubled && restores)) table = &plan::subpixel;
  if (table == nullptr && !doubled) return product == tap ? 1 : 0;
  if (table == &plan::winograd && transposed) tap = node.window.taps() - 1 - tap;
  const Place t = place_in(tap, 3);
  if (table == nullptr) return phases[product / 4][t.y] * phases[product % 4][t.x];
  const Place p = place_in(product, table->products);
  return static_cast<double>(table->weights[p.y][t.y]) * static_cast<double>(table->weights[p.x][t.x]);
}

/// conv2d_pack: [kh, kw, C, D] → packed_shape.
inline void pack(const Array& weights, const Node& node, Array& packed) {
  packed = zeros(packed.dims);
  const bool narrow = node.algorithm == Algorithm::narrow;
  const Op op = node.transpose_b ? Op::conv2d_transpose : Op::conv2d;
  const int products = plan::method_of(op, node.algorithm, node.window).products;
  const int rows = plan::packed_channels(weights.dims[node.transpose_b ? 3 : 2]);
  for (int p = 0; p < products; ++p)
    for (int tap = 0; tap < node.window.taps(); ++tap) {
      const double factor = tap_factor(node, p, tap, node.transpose_b, false);
      const Place t = place_in(tap, node.window.width);
      for (int c = 0; c < weights.dims[2]; ++c)
        for (int d = 0; d < weights.dims[3]; ++d) {
          const int from = node.transpose_b ? d : c, to = node.transpose_b ? c : d;
          const int row = narrow ? from : p * rows + from, column = narrow ? p : to;
          packed.values.at(static_cast<std::size_t>(row * packed.dims[1] + column)) +=
              factor * pixel(weights, t.y, t.x, c, d);
        }
    }
}

/// Which row or column of its operand a result sees through a tap, or -1.
inline int seen(int result, int tap, int size, int stride, int pad, bool transposed) {
  const int at = transposed ? result + pad - tap : result * stride + tap - pad;
  if (!transposed) return at < size ? std::max(at, -1) : -1;
  return at >= 0 && at % stride == 0 && at / stride < size ? at / stride : -1;
}

/// A patch of an image as the left operand of product `p`: in · patch · inᵀ.
inline double left_operand(const plan::Bilinear& table, const Array& image, int p, int n, int top, int left,
                           int channel) {
  const Place at = place_in(p, table.products);
  double sum = 0;
  for (int i = 0; i < table.patch; ++i)
    for (int j = 0; j < table.patch; ++j)
      sum += static_cast<double>(table.in[at.y][i]) * static_cast<double>(table.in[at.x][j]) *
             pixel(image, n, top + i, left + j, channel);
  return sum;
}
/// How much of product `p` is in the result at row y and column x of a block.
inline double out_factor(const plan::Bilinear& table, int p, int y, int x) {
  const Place at = place_in(p, table.products);
  return static_cast<double>(table.out[y][at.y]) * static_cast<double>(table.out[x][at.x]);
}

/// The table of a convolution, and where the patch of its first cell starts.
struct Cells {
  const plan::Bilinear* table;
  int top, left;
};
inline Cells cells_of(const Node& node) {
  const bool transposed = node.op == Op::conv2d_transpose;
  const Window& w = node.window;
  if (node.algorithm == Algorithm::subpixel)
    return {transposed ? &plan::subpixel_transposed : &plan::subpixel, -1, -1};
  return {&plan::winograd, transposed ? w.pad_y - 2 : -w.pad_y, transposed ? w.pad_x - 2 : -w.pad_x};
}

/// Winograd's and the subpixel convolution: cell by cell.
inline void convolve_cells(const Array& image, const Array& packed, const Node& node, Array& result) {
  const Cells cells = cells_of(node);
  const plan::Bilinear& table = *cells.table;
  const int rows = plan::packed_channels(image.dims[3]), channels = result.dims[3];
  result = zeros(result.dims);
  for (int n = 0; n < result.dims[0]; ++n)
    for (int y = 0; y < result.dims[1]; y += table.block)
      for (int x = 0; x < result.dims[2]; x += table.block)
        for (int p = 0; p < table.products * table.products; ++p)
          for (int c = 0; c < image.dims[3]; ++c) {
            const double left = left_operand(table, image, p, n, y / table.block * table.step + cells.top,
                                             x / table.block * table.step + cells.left, c);
            for (int d = 0; d < channels; ++d) {
              const double product =
                  left * packed.values.at(static_cast<std::size_t>((p * rows + c) * channels + d));
              for (int i = 0; i < table.block && y + i < result.dims[1]; ++i)
                for (int j = 0; j < table.block && x + j < result.dims[2]; ++j)
                  element(result, n, y + i, x + j, d) += out_factor(table, p, i, j) * product;
            }
          }
}

/// Which row of pixels a result of a narrow convolution sums, and by which column of products: for each tap,
/// or for the two neighbours of each phase.
struct Source {
  int pixel, product;
};
inline std::vector<Source> sources(int result, int size, int taps, int stride, int pad, int upsample,
                                   bool transposed) {
  if (upsample == 2) {
    const int phase = result % 2, at = result / 2;
    return {{at - 1 + phase, 2 * phase}, {at + phase, 2 * phase + 1}};
  }
  std::vector<Source> list;
  for (int tap = 0; tap < taps; ++tap) list.push_back({seen(result, tap, size, stride, pad, transposed), tap});
  return list;
}

/// One result channel: the sum of what its neighbours' products hold for it.
inline void convolve_narrow(const Array& image, const Array& packed, const Node& node, Array& result) {
  const Window& w = node.window;
  const bool transposed = node.op == Op::conv2d_transpose;
  const int across = w.upsample == 2 ? 4 : w.width;
  result = zeros(result.dims);
  for (int n = 0; n < result.dims[0]; ++n)
    for (int y = 0; y < result.dims[1]; ++y)
      for (int x = 0; x < result.dims[2]; ++x)
        for (const Source& up : sources(y, image.dims[1], w.height, w.stride_y, w.pad_y, w.upsample, transposed))
          for (const Source& side :
               sources(x, image.dims[2], w.width, w.stride_x, w.pad_x, w.upsample, transposed))
            for (int c = 0; c < image.dims[3]; ++c)
              element(result, n, y, x, 0) += pixel(image, n, up.pixel, side.pixel, c) *
                                             packed.values.at(static_cast<std::size_t>(
                                                 c * packed.dims[1] + up.product * across + side.product));
}

/// One product for each tap.
inline void convolve_taps(const Array& image, const Array& packed, const Node& node, Array& result) {
  const Window& w = node.window;
  const bool transposed = node.op == Op::conv2d_transpose;
  const int rows = plan::packed_channels(image.dims[3]), channels = result.dims[3];
  result = zeros(result.dims);
  for (int n = 0; n < result.dims[0]; ++n)
    for (int y = 0; y < result.dims[1]; ++y)
      for (int x = 0; x < result.dims[2]; ++x)
        for (int tap = 0; tap < w.taps(); ++tap) {
          const int row = seen(y, tap / w.width, image.dims[1], w.stride_y, w.pad_y, transposed);
          const int column = seen(x, tap % w.width, image.dims[2], w.stride_x, w.pad_x, transposed);
          for (int c = 0; c < image.dims[3]; ++c)
            for (int d = 0; d < channels; ++d)
              element(result, n, y, x, d) +=
                  pixel(image, n, row, column, c) *
                  packed.values.at(static_cast<std::size_t>((tap * rows + c) * channels + d));
        }
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
inline int gradient_products(const Node& node) {
  return node.window.upsample == 2 ? 9 : plan::method_of(Op::conv2d, node.algorithm, node.window).products;
}

/// conv2d_weights in its algorithm's own form, gradient_shape.
inline void gradient_of_packed(const Array& image, const Array& result, const Node& node, Array& gradient) {
  const Window& w = node.window;
  const bool narrow = node.algorithm == Algorithm::narrow, doubled = w.upsample == 2;
  const bool mapped = node.algorithm == Algorithm::winograd || node.algorithm == Algorithm::subpixel;
  const int products = gradient_products(node);
  gradient = zeros(gradient.dims);
  const auto add = [&](int c, int d, int p, double value) {
    const int row = gradient_row(node, image.dims[3], products, c, p), column = narrow ? p : d;
    gradient.values.at(static_cast<std::size_t>(row * gradient.dims[1] + column)) += value;
  };
  // Cells are blocks of results; for one result channel they are the image's pixels.
  const Cells cells = mapped ? cells_of(node) : Cells{&plan::subpixel_transposed, -1, -1};
  const plan::Bilinear& table = *cells.table;
  const int block = mapped ? table.block : 1;
  const std::vector<int>& grid = narrow ? image.dims : result.dims;
  for (int n = 0; n < image.dims[0]; ++n)
    for (int y = 0; y < grid[1]; y += block)
      for (int x = 0; x < grid[2]; x += block)
        for (int p = 0; p < products; ++p)
          for (int c = 0; c < image.dims[3]; ++c)
            for (int d = 0; d < result.dims[3]; ++d) {
              double left = 0, right = 0;
              if (mapped) {
                left = left_operand(table, image, p, n, y / block * table.step + cells.top,
                                    x / block * table.step + cells.left, c);
                for (int i = 0; i < block; ++i)
                  for (int j = 0; j < block; ++j)
                    right += out_factor(table, p, i, j) * pixel(result, n, y + i, x + j, d);
              } else if (narrow) {
                left = pixel(image, n, y, x, c);
                right = doubled ? left_operand(table, result, p, n, 2 * y - 1, 2 * x - 1, 0)
                                : pixel(result, n, seen(y, p / w.width, result.dims[1], w.stride_y, w.pad_y, true),
                                        seen(x, p % w.width, result.dims[2], w.stride_x, w.pad_x, true), 0);
              } else {
                left = pixel(image, n, seen(y, p / w.width, image.dims[1], w.stride_y, w.pad_y, false),
                             seen(x, p % w.width, image.dims[2], w.stride_x, w.pad_x, false), c);
                right = pixel(result, n, y, x, d);
              }
              add(c, d, p, left * right);
            }
}

/// conv2d_restore: gradient_shape → [kh, kw, C, D].
inline void restore(const Array& gradient, const Node& node, Array& weights) {
  weights = zeros(weights.dims);
  const bool narrow = node.algorithm == Algorithm::narrow;
  const int products = gradient_products(node);
  for (int tap = 0; tap < node.window.taps(); ++tap)
    for (int p = 0; p < products; ++p) {
      const double factor = tap_factor(node, p, tap, false, true);
      const Place t = place_in(tap, node.window.width);
      for (int c = 0; c < weights.dims[2]; ++c)
        for (int d = 0; d < weights.dims[3]; ++d) {
          const int row = gradient_row(node, weights.dims[2], products, c, p), column = narrow ? p : d;
          element(weights, t.y, t.x, c, d) +=
              factor * gradient.values.at(static_cast<std::size_t>(row * gradient.dims[1] + column));
        }
    }
}

}  // namespace isthmus::reference
