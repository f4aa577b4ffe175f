// Convolutions as plain loops in double precision, and the kernels' calls for the same: what the tests of the
// convolutions' kernels share.
#pragma once

#include <isthmus/plan/convolution.hpp>

#include "lower/panels.hpp"
#include "support/numbers.hpp"

#include <cmath>
#include <string>

namespace isthmus::testing {

/// A convolution of so many samples [depth, height, width, channels] to [result_depth, …, result_channels].
struct Geometry {
  int samples, height, width, channels, result_channels;
  Window window;
  int result_height = 1, result_width = 1;
  int depth = 1, result_depth = 1;

  lower::ImageExtent image() const { return {depth, height, width, channels, channels == 1}; }
  lower::ImageExtent result() const {
    return {result_depth, result_height, result_width, result_channels, result_channels == 1};
  }
  int pixels() const { return image().pixels(); }
  int result_pixels() const { return result().pixels(); }
  std::size_t image_size() const { return static_cast<std::size_t>(samples * pixels() * channels); }
  std::size_t result_size() const { return static_cast<std::size_t>(samples * result_pixels() * result_channels); }
  int channels_in_group() const { return channels / window.groups(); }
  int weights_rows() const { return window.taps() * channels_in_group(); }
  std::size_t weights_size() const { return static_cast<std::size_t>(weights_rows() * result_channels); }
  double terms() const {
    return static_cast<double>(samples) * result_pixels() * weights_rows() * result_channels;
  }
  Geometry in_groups(int groups) const {
    Geometry grouped = *this;
    grouped.window = window.in_groups(groups);
    return grouped;
  }
  std::string text() const {
    const auto n = [](int i) { return std::to_string(i) + " "; };
    std::string all = n(samples) + "× " + n(depth) + n(height) + n(width) + n(channels) + "→ " + n(result_depth) +
                      n(result_height) + n(result_width) + n(result_channels) + "window, stride, pad, dilation ";
    for (const Window::Dimension& d : {window.z(), window.y(), window.x()})
      all += n(d.size) + n(d.stride) + n(d.pad) + n(d.dilation);
    return all + "up " + n(window.upsample()) + "groups " + n(window.groups());
  }
};

enum class Pad { same, valid };

/// Results and padding of one direction.
inline int fit_direction(int size, Window::Dimension& window, Pad pad) {
  const int results =
      pad == Pad::same ? (size + window.stride - 1) / window.stride : (size - window.reach()) / window.stride + 1;
  window.pad = pad == Pad::same ? std::max(0, (results - 1) * window.stride + window.reach() - size) / 2 : 0;
  return results;
}
/// Of a volume [depth, height, width].
inline Geometry windowed(int samples, const int (&size)[3], int channels, int result_channels, Window::Dimension z,
                         Window::Dimension y, Window::Dimension x, Pad pad) {
  Geometry g{samples, size[1], size[2], channels, result_channels, {}};
  g.depth = size[0];
  g.result_depth = fit_direction(size[0], z, pad);
  g.result_height = fit_direction(size[1], y, pad);
  g.result_width = fit_direction(size[2], x, pad);
  g.window = Window(z, y, x);
  return g;
}
inline Geometry strided(int samples, int height, int width, int channels, int result_channels, int window_height,
                        int window_width, int stride_y, int stride_x, Pad pad) {
  return windowed(samples, {1, height, width}, channels, result_channels, {}, {window_height, stride_y},
                  {window_width, stride_x}, pad);
}
inline Geometry three_by_three(int samples, int height, int width, int channels, int result_channels,
                               Pad pad = Pad::same) {
  return strided(samples, height, width, channels, result_channels, 3, 3, 1, 1, pad);
}
inline Geometry upsampled(int samples, int height, int width, int channels, int result_channels) {
  Geometry g{samples, height, width, channels, result_channels, {3, 3, 1, 1, 1, 1, 2}};
  g.result_height = 2 * height;
  g.result_width = 2 * width;
  return g;
}

/// Of a volume, whose places are each there twice in each dimension.
inline Geometry upsampled_volume(int samples, const int (&size)[3], int channels, int result_channels) {
  Geometry g{samples, size[1], size[2], channels, result_channels, Window({3, 1, 1}, {3, 1, 1}, {3, 1, 1}, 2)};
  g.depth = size[0];
  g.result_depth = 2 * size[0];
  g.result_height = 2 * size[1];
  g.result_width = 2 * size[2];
  return g;
}
/// Of a series: a window of so many places over what was there once.
inline Geometry upsampled_series(int samples, int width, int channels, int result_channels, int size) {
  Geometry g{samples, 1, width, channels, result_channels, Window({}, {}, {size, 1, size / 2}, 2)};
  g.result_width = 2 * width;
  return g;
}

/// Numbers in memory order: [samples, depth, height, width, channels], and [window, channels, result channels].
struct Data {
  std::vector<float> image, result, weights;
  explicit Data(const Geometry& g)
      : image(floats(g.image_size(), 1, -1, 1)),
        result(floats(g.result_size(), 2, -1, 1)),
        weights(floats(g.weights_size(), 3, -1, 1)) {}
};

/// Sums, and the sums of their terms' sizes.
struct Sums {
  std::vector<double> value, size;
  explicit Sums(std::size_t count) : value(count, 0.0), size(count, 0.0) {}
  void add(std::size_t at, double term) {
    value[at] += term;
    size[at] += std::fabs(term);
  }
};

/// Calls `visit(image pixel, result pixel, tap)` for all that meet.
template <class Visit>
void for_each_meeting(const Geometry& g, Visit visit) {
  const Window& w = g.window;
  const auto seen = [](const Window::Dimension& d, int result, int tap) {
    return result * d.stride + tap * d.dilation - d.pad;
  };
  const int up = w.upsample();
  for (int n = 0; n < g.samples; ++n)
    for (int result = 0; result < g.result_pixels(); ++result)
      for (int tap = 0; tap < w.taps(); ++tap) {
        const int row_of_result = result / g.result_width;
        const int plane = seen(w.z(), row_of_result / g.result_height, tap / (w.height() * w.width()));
        const int row = seen(w.y(), row_of_result % g.result_height, tap / w.width() % w.height());
        const int column = seen(w.x(), result % g.result_width, tap % w.width());
        if (plane < 0 || plane >= g.depth * up || row < 0 || row >= g.height * up || column < 0 ||
            column >= g.width * up)
          continue;
        const int pixel = (plane / up * g.height + row / up) * g.width + column / up;
        visit(n * g.pixels() + pixel, n * g.result_pixels() + result, tap);
      }
}

/// The convolution, its transpose or its weights' gradient, whichever `op` says.
inline Sums naive(const Geometry& g, Op op, const Data& data) {
  Sums sums(op == Op::conv2d ? g.result_size() : op == Op::conv2d_transpose ? g.image_size() : g.weights_size());
  for_each_meeting(g, [&](int pixel, int result, int tap) {
    const int in_group = g.channels_in_group(), results_in_group = g.result_channels / g.window.groups();
    for (int c = 0; c < g.channels; ++c)
      for (int d = 0; d < g.result_channels; ++d) {
        if (c / in_group != d / results_in_group) continue;
        const auto in = static_cast<std::size_t>(pixel * g.channels + c),
                   out = static_cast<std::size_t>(result * g.result_channels + d),
                   w = static_cast<std::size_t>((tap * in_group + c % in_group) * g.result_channels + d);
        if (op == Op::conv2d) sums.add(out, double{data.image[in]} * double{data.weights[w]});
        else if (op == Op::conv2d_transpose) sums.add(in, double{data.result[out]} * double{data.weights[w]});
        else sums.add(w, double{data.image[in]} * double{data.result[out]});
      }
  });
  return sums;
}

/// An image, or weights, as the kernels see them: one row a sample if there is one channel.
inline Panels panels_of_image(int samples, int pixels, int channels, const std::vector<float>& values) {
  return channels == 1 ? Panels::of(samples, pixels, values) : Panels::of(samples * pixels, channels, values);
}
inline std::vector<float> row_major(Panels& panels) {
  std::vector<float> values;
  for (int r = 0; r < panels.rows; ++r)
    for (int c = 0; c < panels.columns; ++c) values.push_back(panels.at(r, c));
  return values;
}
/// Elements beyond the last column that are not zero.
inline int stained_padding(Panels& panels) {
  int count = 0;
  for (int r = 0; r < panels.rows; ++r)
    for (int c = panels.columns; c < plan::panels_of(panels.columns) * plan::panel_width; ++c)
      count += panels.at(r, c) != 0.0f;
  return count;
}

/// The gradient of what a pool by 2 × 2 gives, and where it found that.
struct PooledGradient {
  Panels gradient, positions;
};

/// How a kernel's work is cut, in units that a tile must keep together, and in panels; 0: not at all.
struct Cut {
  int units = 0, panels = 0;
};

/// One operation by one algorithm, of the SIMD target that is chosen.
struct Convolution {
  const Geometry& g;
  Algorithm algorithm = Algorithm::direct;
  bool pooled = false;
  /// An image of one channel lies in the caller's memory instead of in panels.
  bool callers_memory = false;
  /// The weights' gradient is summed in so many parts, as far as there are samples for them.
  int parts = 1;

  lower::ImageMap map(Op op) const {
    lower::ImageMap map;
    map.op = op;
    map.algorithm = algorithm;
    map.window = g.window;
    map.pooled = pooled;
    map.image = g.image();
    map.result = g.result();
    map.weights_are_flat = g.result_channels == 1;
    if (op == Op::conv2d_transpose) std::swap(map.image, map.result);
    if (pooled) map.result.height /= 2, map.result.width /= 2;
    return map;
  }
  Shape weights_shape() const {
    return shape_of(g.window.height(), g.window.width(), g.channels_in_group(), g.result_channels);
  }
  Panels weights(const Data& data) const {
    return panels_of_image(1, g.weights_rows(), g.result_channels, data.weights);
  }

  Panels pack(const Data& data, bool transposed, int tile_panels = 100) const {
    Panels from = weights(data);
    if (algorithm == Algorithm::depthwise) return from;
    lower::AnchorCall call;
    call.a = from.view();
    call.image = map(Op::conv2d_pack);
    call.image.transposed = transposed;
    const Shape shape = plan::packed_shape(weights_shape(), algorithm, g.window, transposed);
    return run_anchor(lower::kernels().conv2d_pack, call, shape.dim[0], shape.dim[1], shape.dim[0], tile_panels);
  }

  /// Rows that a tile must keep together.
  int row_unit(Op op) const {
    const lower::ImageMap m = map(op);
    if (m.result.is_one_row) return 1;
    const plan::Method method = plan::method_of(op, algorithm, g.window);
    const int block = method.block_rows;
    if (method.block_planes > 1) return method.block_planes * m.result.height * m.result.width;
    if (pooled || block == 1) return m.result.width;
    return m.result.height % block == 0 ? block * m.result.width : m.result.height * m.result.width;
  }

  /// conv2d of the image, or conv2d_transpose of the result.
  Panels run(Op op, const Data& data, Cut cut = {}, Panels* positions = nullptr) const {
    const bool transposed = op == Op::conv2d_transpose;
    Panels packed = pack(data, transposed);
    const lower::ImageMap m = map(op);
    std::vector<float> values = transposed ? data.result : data.image;
    Panels source = panels_of_image(g.samples, m.image.pixels(), m.image.channels, values);
    lower::AnchorCall call;
    call.a =
        callers_memory ? lower::View{values.data(), m.image.pixels(), plan::panel_width, true} : source.view();
    call.b = packed.view();
    call.samples = g.samples;
    call.image = m;
    const int pixels = m.result.pixels();
    const int rows = g.samples * (m.result.channels == 1 ? 1 : pixels);
    const int columns = m.result.channels == 1 ? pixels : m.result.channels;
    const int height = cut.units > 0 ? cut.units * row_unit(op) : rows, panels = cut.panels > 0 ? cut.panels : 100;
    if (positions == nullptr) return run_anchor(lower::kernels().conv2d, call, rows, columns, height, panels);
    *positions = Panels(rows, columns, -99.0f);
    return run_anchor(lower::kernels().conv2d, call, rows, columns, height, panels, positions);
  }

  /// The gradient as conv2d_weights leaves it; from the gradient of pooled results if there is one.
  Panels run_weights(const Data& data, Cut cut = {}, PooledGradient* from = nullptr) const {
    std::vector<float> values = data.image;
    Panels image = panels_of_image(g.samples, g.pixels(), g.channels, values);
    Panels result = panels_of_image(g.samples, g.result_pixels(), g.result_channels, data.result);
    lower::AnchorCall call;
    call.a = callers_memory ? lower::View{values.data(), g.pixels(), plan::panel_width, true} : image.view();
    call.b = result.view();
    call.samples = g.samples;
    call.image = map(Op::conv2d_weights);
    call.image.attribute = GradientParts{parts};
    if (from != nullptr) {
      call.image.pooled = true;
      call.b = from->gradient.view();
      call.c = from->positions.view();
    }
    const Shape shape = plan::gradient_shape(weights_shape(), algorithm, g.window);
    int unit = plan::weight_products(algorithm, g.window) * plan::panel_width;
    if (plan::has_dense_taps(g.channels, algorithm, g.window) || algorithm == Algorithm::depthwise)
      unit = shape.dim[0];
    if (algorithm == Algorithm::narrow) unit = plan::panel_width;
    // A tile lies in one part.
    const int most = parts > 1 ? shape.dim[0] : parts * shape.dim[0];
    return run_anchor(lower::kernels().conv2d_weights, call, parts * shape.dim[0], shape.dim[1],
                      cut.units > 0 && parts == 1 ? cut.units * unit : most, cut.panels > 0 ? cut.panels : 100);
  }
  /// … and as weights.
  Panels restore(Panels gradient, Cut cut = {}) const {
    lower::AnchorCall call;
    call.a = gradient.view();
    call.samples = g.samples;
    call.image = map(Op::conv2d_restore);
    call.image.attribute = GradientParts{parts};
    const bool flat = g.result_channels == 1;
    const int rows = flat ? 1 : g.weights_rows();
    return run_anchor(lower::kernels().conv2d_restore, call, rows, flat ? g.weights_rows() : g.result_channels,
                      cut.units > 0 ? cut.units : rows, cut.panels > 0 ? cut.panels : 100);
  }
};

/// The largest error relative to the sum of the terms' sizes: what a chain of roundings may lose.
inline double chain_error(const std::vector<float>& found, const Sums& expected) {
  if (found.size() != expected.value.size()) return 1e300;
  double worst = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double off = std::fabs(double{found[i]} - expected.value[i]);
    if (off > 0 || std::isnan(off)) worst = std::max(worst, relative_error(off, 0, expected.size[i]));
  }
  return worst;
}
/// The largest error relative to the largest result: of algorithms that add and subtract what is larger than it.
inline double error_of_largest(const std::vector<float>& found, const std::vector<double>& expected) {
  double largest = 0;
  for (const double x : expected) largest = std::max(largest, std::fabs(x));
  if (largest == 0) return largest_error(found, expected);
  return largest_error(found, expected, largest);
}

}  // namespace isthmus::testing
