// The convolutions' algorithms of plan/convolution.hpp, by plain loops over its tables: what packed weights
// hold, and what is computed from them.
#pragma once

#include <isthmus/plan/convolution.hpp>

#include "support/image_reference.hpp"

#include <stdexcept>

namespace isthmus::reference {

/// The number of a plane, of a row and of a column of an algorithm's products, or of taps.
inline Place place_of(int index, int rows, int columns) {
  return {index / columns / rows, index / columns % rows, index % columns};
}

/// The taps in depth without a map, each with products of its own that lie beside each other, of an algorithm that
/// maps patches.
inline int depth_of(const Node& node) {
  return node.algorithm == Algorithm::winograd ? plan::summed_planes(node.window) : 1;
}

/// How much of a tap is in a product. `restores`: as gradients are turned into gradients of weights.
inline double tap_factor(const Node& node, int product, int tap, bool transposed, bool restores) {
  // Of a single result channel after upsampling: w0 | w1 + w2 | w0 + w1 | w2, for the pixels beside each phase.
  constexpr double phases[4][3] = {{1, 0, 0}, {0, 1, 1}, {1, 1, 0}, {0, 0, 1}};
  const bool doubled = node.window.upsample() == 2, is_winograd = node.algorithm == Algorithm::winograd;
  if (!is_winograd && !doubled) return product == tap ? 1 : 0;
  const plan::Maps maps = plan::maps_of(node.window, false);
  const int depth = depth_of(node);
  if (product % depth != tap / maps.taps()) return 0;
  int in_plane = tap % maps.taps();
  if (is_winograd && transposed) in_plane = maps.taps() - 1 - in_plane;
  const Place t = place_of(in_plane, maps.y.window, maps.x.window);
  if (node.algorithm == Algorithm::narrow && !restores) return phases[product / 4][t.y] * phases[product % 4][t.x];
  const Place p = place_of(product / depth, maps.y.products, maps.x.products);
  return static_cast<double>(maps.z.weights[p.z][t.z]) * static_cast<double>(maps.y.weights[p.y][t.y]) *
         static_cast<double>(maps.x.weights[p.x][t.x]);
}

/// The channels that a convolution reads and gives, or its weights packed for it.
inline plan::GroupedChannels channels_between(int from, int to, const Node& node) {
  return {from, to, node.window.groups()};
}
/// The row of a channel of the operand among those that a channel of the result sees, of one product; -1: none.
inline int row_seen(const plan::GroupedChannels& channels, int from, int to) {
  if (channels.group_of_operand(from) != channels.group_of_result(to)) return -1;
  return from - 16 * channels.first_panel_seen(to / 16, channels.most_panels_seen());
}

/// conv2d_pack: [window, C, D] → packed_shape.
inline void pack(const Array& weights, const Node& node, Array& packed) {
  packed = zeros(packed.dims);
  const bool narrow = node.algorithm == Algorithm::narrow;
  const Op op = node.transpose_b ? Op::conv2d_transpose : Op::conv2d;
  const int products = plan::method_of(op, node.algorithm, node.window).products * depth_of(node);
  const int channels = weights.dims[weights.dims.size() - 2] * node.window.groups(), results = weights.dims.back();
  const plan::GroupedChannels between =
      node.transpose_b ? channels_between(results, channels, node) : channels_between(channels, results, node);
  const int rows = plan::packed_channels(between, node.algorithm, node.window);
  for (int p = 0; p < products; ++p)
    for (int tap = 0; tap < node.window.taps(); ++tap) {
      const double factor = tap_factor(node, p, tap, node.transpose_b, false);
      for (int c = 0; c < channels; ++c)
        for (int d = 0; d < results; ++d) {
          const int from = node.transpose_b ? d : c, to = node.transpose_b ? c : d;
          const int in_product = row_seen(between, from, to);
          if (in_product < 0) continue;
          const int row = narrow ? from : p * rows + in_product, column = narrow ? p : to;
          packed.values.at(static_cast<std::size_t>(row * packed.dims[1] + column)) +=
              factor * weights.values.at(weight_of(weights.dims, tap, c % (channels / node.window.groups()), d));
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

/// A patch as the left operand of product `p`: in · patch · inᵀ, in each dimension.
inline double left_operand(const plan::Maps& maps, const Array& image, int p, int n, const Place& first,
                           int channel) {
  const Place at = place_of(p, maps.y.products, maps.x.products);
  double sum = 0;
  for (int k = 0; k < maps.z.patch; ++k)
    for (int i = 0; i < maps.y.patch; ++i)
      for (int j = 0; j < maps.x.patch; ++j)
        sum += static_cast<double>(maps.z.in[at.z][k]) * static_cast<double>(maps.y.in[at.y][i]) *
               static_cast<double>(maps.x.in[at.x][j]) *
               pixel(image, n, {first.z + k, first.y + i, first.x + j}, channel);
  return sum;
}
/// How much of product `p` is in this result of a block.
inline double out_factor(const plan::Maps& maps, int p, const Place& result) {
  const Place at = place_of(p, maps.y.products, maps.x.products);
  return static_cast<double>(maps.z.out[result.z][at.z]) * static_cast<double>(maps.y.out[result.y][at.y]) *
         static_cast<double>(maps.x.out[result.x][at.x]);
}

/// The maps of a convolution, and where the patch of its first cell starts.
struct Cells {
  plan::Maps maps;
  Place start;
  bool has_planes;  ///< a map in depth

  bool begin_at(const Place& result) const {
    return result.z % maps.z.block == 0 && result.y % maps.y.block == 0 && result.x % maps.x.block == 0;
  }
  /// Of the cell at this result; `plane` is what a tap in depth without a map sees.
  Place patch(const Place& at, int plane) const {
    return {has_planes ? at.z / maps.z.block * maps.z.step + start.z : plane,
            at.y / maps.y.block * maps.y.step + start.y, at.x / maps.x.block * maps.x.step + start.x};
  }
  /// Calls visit(place in the block, place of the result) for each result of the cell at this one.
  template <class Visit>
  void for_each_result(const Place& first, const Spatial& results, Visit visit) const {
    for (int k = 0; k < maps.z.block && first.z + k < results.depth; ++k)
      for (int i = 0; i < maps.y.block && first.y + i < results.height; ++i)
        for (int j = 0; j < maps.x.block && first.x + j < results.width; ++j)
          visit(Place{k, i, j}, Place{first.z + k, first.y + i, first.x + j});
  }
};
inline Cells cells_of(const Node& node) {
  const bool transposed = node.op == Op::conv2d_transpose;
  const plan::Maps maps = plan::maps_of(node.window, transposed);
  const auto start = [&](const plan::Bilinear& map, const Window::Dimension& window) {
    if (node.algorithm == Algorithm::subpixel) return -map.before;
    return transposed ? window.pad - (window.size - 1) : -window.pad;
  };
  return {maps,
          {start(maps.z, node.window.z()), start(maps.y, node.window.y()), start(maps.x, node.window.x())},
          node.algorithm == Algorithm::subpixel};
}

/// Winograd's and the subpixel convolution: cell by cell.
inline void convolve_cells(const Array& image, const Array& packed, const Node& node, Array& result) {
  const Cells cells = cells_of(node);
  const plan::Maps& maps = cells.maps;
  const Spatial from(image.dims), to(result.dims);
  const int rows =
      plan::packed_channels(channels_between(from.channels, to.channels, node), node.algorithm, node.window);
  const int depth = depth_of(node);
  result = zeros(result.dims);
  to.for_each([&](int n, const Place& first) {
    if (!cells.begin_at(first)) return;
    for (int p = 0; p < maps.products(); ++p)
      for (int k = 0; k < depth; ++k) {
        const int plane = seen(first.z, k, from.depth, node.window.z(), node.op == Op::conv2d_transpose);
        for (int c = 0; c < from.channels; ++c) {
          const double left = left_operand(maps, image, p, n, cells.patch(first, plane), c);
          for (int d = 0; d < to.channels; ++d) {
            const int row = (p * depth + k) * rows + c;
            const double product = left * packed.values.at(static_cast<std::size_t>(row * to.channels + d));
            cells.for_each_result(first, to, [&](const Place& in_block, const Place& at) {
              element(result, n, at, d) += out_factor(maps, p, in_block) * product;
            });
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
  const plan::GroupedChannels between = channels_between(from.channels, to.channels, node);
  const int rows = plan::packed_channels(between, node.algorithm, node.window);
  result = zeros(result.dims);
  to.for_each([&](int n, const Place& at) {
    for (int tap = 0; tap < node.window.taps(); ++tap) {
      const Place place = seen(at, tap, from, node.window, transposed);
      for (int c = 0; c < from.channels; ++c)
        for (int d = 0; d < to.channels; ++d) {
          const int row = row_seen(between, c, d);
          if (row >= 0)
            element(result, n, at, d) +=
                pixel(image, n, place, c) *
                packed.values.at(static_cast<std::size_t>((tap * rows + row) * to.channels + d));
        }
    }
  });
}

/// Each channel by itself, with the weights as they are: [taps, C].
inline void convolve_depthwise(const Array& image, const Array& weights, const Node& node, Array& result) {
  const bool transposed = node.op == Op::conv2d_transpose;
  const Spatial from(image.dims), to(result.dims);
  result = zeros(result.dims);
  to.for_each([&](int n, const Place& at) {
    for (int tap = 0; tap < node.window.taps(); ++tap)
      for (int c = 0; c < to.channels; ++c)
        element(result, n, at, c) += pixel(image, n, seen(at, tap, from, node.window, transposed), c) *
                                     weights.values.at(static_cast<std::size_t>(tap * to.channels + c));
  });
}

/// conv2d or conv2d_transpose with packed weights; a direct one may take the weights as they are.
inline void convolve_packed(const Array& image, const Array& packed, const Node& node, Array& result) {
  switch (node.algorithm) {
    case Algorithm::direct: return convolve_taps(image, packed, node, result);
    case Algorithm::narrow: return convolve_narrow(image, packed, node, result);
    case Algorithm::depthwise: return convolve_depthwise(image, packed, node, result);
    default: return convolve_cells(image, packed, node, result);
  }
}

/// Row of channel c and product p in conv2d_weights' result before it is restored, in the column of channel d; -1
/// if the two do not meet.
inline int gradient_row(const Node& node, const plan::GroupedChannels& channels, int products, int c, int d,
                        int p) {
  if (node.algorithm == Algorithm::narrow) return c;
  const int row = row_seen(channels, c, d);
  if (row < 0 || node.algorithm == Algorithm::depthwise) return row < 0 ? row : p;
  if (plan::has_dense_taps(channels.from, node.algorithm, node.window)) return p * channels.from + row;
  return (row / 16 * products + p) * 16 + row % 16;
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
    const int row = gradient_row(node, channels_between(from.channels, to.channels, node), products, c, d, p);
    const int column = narrow ? p : d;
    if (row < 0) return;
    gradient.values.at(static_cast<std::size_t>(row * gradient.dims[1] + column)) += value;
  };
  // Cells are blocks of results; for one result channel they are the image's pixels.
  const Cells cells = cells_of(node);
  const plan::Maps &maps = cells.maps, back = plan::maps_of(w, true);
  (narrow ? from : to).for_each([&](int n, const Place& at) {
    if (mapped && !cells.begin_at(at)) return;
    for (int p = 0; p < products; ++p)
      for (int c = 0; c < from.channels; ++c)
        for (int d = 0; d < to.channels; ++d) {
          double left = 0, right = 0;
          if (mapped) {
            const int plane = seen(at.z, p % depth, from.depth, w.z(), false);
            left = left_operand(maps, image, p / depth, n, cells.patch(at, plane), c);
            cells.for_each_result(at, to, [&](const Place& in_block, const Place& place) {
              right += out_factor(maps, p / depth, in_block) * pixel(result, n, place, d);
            });
          } else if (narrow) {
            left = pixel(image, n, at, c);
            right = doubled ? left_operand(back, result, p, n, {0, 2 * at.y - 1, 2 * at.x - 1}, 0)
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
  const int in_group = weights.dims[weights.dims.size() - 2], groups = node.window.groups();
  const plan::GroupedChannels between = channels_between(in_group * groups, weights.dims.back(), node);
  for (int tap = 0; tap < node.window.taps(); ++tap)
    for (int p = 0; p < products; ++p) {
      const double factor = tap_factor(node, p, tap, false, true);
      for (int c = 0; c < in_group; ++c)
        for (int d = 0; d < weights.dims.back(); ++d) {
          const int channel = between.group_of_result(d) * in_group + c;
          const int row = gradient_row(node, between, products, channel, d, p), column = narrow ? p : d;
          weights.values.at(weight_of(weights.dims, tap, c, d)) +=
              factor * gradient.values.at(static_cast<std::size_t>(row * gradient.dims[1] + column));
        }
    }
}

}  // namespace isthmus::reference
