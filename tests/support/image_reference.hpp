// The meaning of the operations on images, by plain loops: convolutions as they are written, pooling, resampling.
#pragma once

#include "support/array.hpp"

#include <algorithm>
#include <cmath>

namespace isthmus::reference {

/// The number of a place in a window, row by row.
inline int tap_of(const Window& window, const Place& at) {
  return (at.z * window.height() + at.y) * window.width() + at.x;
}
inline Place place_in(const Window& window, int tap) {
  return {tap / (window.height() * window.width()), tap / window.width() % window.height(), tap % window.width()};
}
/// What a tap sees from a result, in one dimension.
inline int seen_from(const Window::Dimension& window, int result, int tap) {
  return result * window.stride - window.pad + tap * window.dilation;
}

/// Calls visit(sample, pixel's place, tap, result's place) for everything that a convolution multiplies: what a
/// tap sees outside of the upsampled image is zero, and is left out.
template <class Visit>
void for_each_tap(const Window& window, const std::vector<int>& image_dims, const std::vector<int>& result_dims,
                  Visit visit) {
  const Spatial image(image_dims), result(result_dims);
  const int up = window.upsample();
  result.for_each([&](int n, const Place& to) {
    for (int tap = 0; tap < window.taps(); ++tap) {
      const Place at = place_in(window, tap);
      const Place seen{seen_from(window.z(), to.z, at.z), seen_from(window.y(), to.y, at.y),
                       seen_from(window.x(), to.x, at.x)};
      const bool is_before = seen.z < 0 || seen.y < 0 || seen.x < 0;
      const Place pixel{seen.z / up, seen.y / up, seen.x / up};
      if (!is_before && image.has(pixel)) visit(n, pixel, tap, to);
    }
  });
}

/// Calls visit(channel, result channel, the channel's number in its group) for all that a convolution multiplies.
template <class Visit>
void for_each_pair(const Window& window, int channels, int results, Visit visit) {
  const int size = channels / window.groups(), result_size = results / window.groups();
  for (int c = 0; c < channels; ++c)
    for (int d = 0; d < results; ++d)
      if (c / size == d / result_size) visit(c, d, c % size);
}

inline void convolve(const Array& image, const Array& weights, const Window& window, Array& result) {
  result = zeros(result.dims);
  for_each_tap(window, image.dims, result.dims, [&](int n, const Place& from, int tap, const Place& to) {
    for_each_pair(window, image.dims.back(), result.dims.back(), [&](int c, int d, int in_group) {
      element(result, n, to, d) +=
          pixel(image, n, from, c) * weights.values.at(weight_of(weights.dims, tap, in_group, d));
    });
  });
}

inline void convolve_transposed(const Array& result, const Array& weights, const Window& window, Array& image) {
  image = zeros(image.dims);
  for_each_tap(window, image.dims, result.dims, [&](int n, const Place& from, int tap, const Place& to) {
    for_each_pair(window, image.dims.back(), result.dims.back(), [&](int c, int d, int in_group) {
      element(image, n, from, c) +=
          pixel(result, n, to, d) * weights.values.at(weight_of(weights.dims, tap, in_group, d));
    });
  });
}

inline void convolve_weights(const Array& image, const Array& result, const Window& window, Array& weights) {
  weights = zeros(weights.dims);
  for_each_tap(window, image.dims, result.dims, [&](int n, const Place& from, int tap, const Place& to) {
    for_each_pair(window, image.dims.back(), result.dims.back(), [&](int c, int d, int in_group) {
      weights.values.at(weight_of(weights.dims, tap, in_group, d)) +=
          pixel(image, n, from, c) * pixel(result, n, to, d);
    });
  });
}

/// The largest of each window, and its place in the window, row by row. The first of equal ones counts, what
/// lies outside of the image does not, and a NaN is larger than anything.
inline void pool(const Array& image, const Window& window, Array& result, std::vector<double>& positions) {
  result.values.assign(count_of(result.dims), NAN);
  positions.assign(result.values.size(), NAN);
  for_each_tap(window, image.dims, result.dims, [&](int n, const Place& from, int tap, const Place& place) {
    for (int c = 0; c < image.dims.back(); ++c) {
      const double value = pixel(image, n, from, c);
      const std::size_t to = Spatial(result.dims).element(n, place, c);
      const bool first = std::isnan(positions[to]);
      if (!first && !(value > result.values[to]) && !std::isnan(value)) continue;
      result.values[to] = value;
      positions[to] = tap;
    }
  });
}

/// Calls visit(e, element) for each result `e` of a pool with these positions, and where it was found in the
/// image.
template <class Visit>
void for_each_found(const std::vector<double>& positions, const Window& window, const std::vector<int>& pooled,
                    const std::vector<int>& image, Visit visit) {
  const Spatial results(pooled);
  results.for_each([&](int n, const Place& to) {
    for (int c = 0; c < results.channels; ++c) {
      const std::size_t e = results.element(n, to, c);
      const Place at = place_in(window, static_cast<int>(positions.at(e)));
      const Place from{seen_from(window.z(), to.z, at.z), seen_from(window.y(), to.y, at.y),
                       seen_from(window.x(), to.x, at.x)};
      visit(e, Spatial(image).element(n, from, c));
    }
  });
}

/// Puts x where the pool with these positions found its values: `result` is of the shape of what was pooled.
inline void unpool(const Array& x, const Window& window, const std::vector<double>& positions, Array& result) {
  result = zeros(result.dims);
  for_each_found(positions, window, x.dims, result.dims,
                 [&](std::size_t e, std::size_t at) { result.values.at(at) += x.values[e]; });
}
/// Takes x from where the pool found its values.
inline void gather(const Array& x, const Window& window, const std::vector<double>& positions, Array& result) {
  for_each_found(positions, window, result.dims, x.dims,
                 [&](std::size_t e, std::size_t at) { result.values[e] = x.values.at(at); });
}

/// One dimension of a resampling as a matrix, a row for each result.
struct ResampledDimension {
  int size, results, window, stride, pad, upsample;
};
inline std::vector<std::vector<double>> resampling_matrix(Resampling map, const ResampledDimension& d) {
  std::vector<std::vector<double>> matrix(static_cast<std::size_t>(d.results),
                                          std::vector<double>(static_cast<std::size_t>(d.size), 0.0));
  for (int r = 0; r < d.results; ++r) {
    std::vector<double>& row = matrix[static_cast<std::size_t>(r)];
    const auto add = [&](int at, double weight) { row.at(static_cast<std::size_t>(at)) += weight; };
    if (map == Resampling::nearest) {
      add(std::min(r / d.upsample, d.size - 1), 1);
    } else if (map == Resampling::bilinear) {
      const double at = (r + 0.5) / d.upsample - 0.5;
      const int low = static_cast<int>(std::floor(at));
      add(std::clamp(low, 0, d.size - 1), low + 1 - at);
      add(std::min(low + 1, d.size - 1), at - low);
    } else {
      const int begin = std::max(0, r * d.stride - d.pad);
      const int end = std::min(d.size, r * d.stride - d.pad + d.window);
      for (int i = begin; i < end; ++i) add(i, map == Resampling::window_mean ? 1.0 / (end - begin) : 1.0);
    }
  }
  return matrix;
}

/// Every result is a sum over planes, rows and columns; the transpose goes the other way through the same
/// matrices.
inline void resample(const Array& from, const Node& node, Array& to) {
  const Spatial image(node.transpose_a ? to.dims : from.dims), result(node.transpose_a ? from.dims : to.dims);
  const auto matrix = [&](int size, int results, const Window::Dimension& w) {
    return resampling_matrix(node.attribute.as<Resampling>(),
                             {size, results, w.size, w.stride, w.pad, node.window.upsample()});
  };
  const auto at = [](const std::vector<std::vector<double>>& all, int row, int column) {
    return all[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)];
  };
  const auto inward = matrix(image.depth, result.depth, node.window.z());
  const auto down = matrix(image.height, result.height, node.window.y());
  const auto right = matrix(image.width, result.width, node.window.x());
  to = zeros(to.dims);
  result.for_each([&](int n, const Place& r) {
    for (int k = 0; k < image.depth; ++k)
      for (int i = 0; i < image.height; ++i)
        for (int j = 0; j < image.width; ++j) {
          const double weight = at(inward, r.z, k) * at(down, r.y, i) * at(right, r.x, j);
          if (weight == 0) continue;
          const Place p{k, i, j};
          for (int c = 0; c < image.channels; ++c)
            if (node.transpose_a) element(to, n, p, c) += weight * pixel(from, n, r, c);
            else element(to, n, r, c) += weight * pixel(from, n, p, c);
        }
  });
}

}  // namespace isthmus::reference
