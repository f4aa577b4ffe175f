// The meaning of the operations on images, by plain loops: convolutions as they are written, pooling, resampling.
#pragma once

#include "support/array.hpp"

#include <algorithm>
#include <cmath>

namespace isthmus::reference {

/// Calls visit(sample, pixel's row and column, tap's row and column, result's row and column) for everything
/// that a convolution multiplies: what a tap sees outside of the upsampled image is zero, and is left out.
template <class Visit>
void for_each_tap(const Window& window, const std::vector<int>& image, const std::vector<int>& result,
                  Visit visit) {
  for (int n = 0; n < image.at(0); ++n)
    for (int y = 0; y < result.at(1); ++y)
      for (int x = 0; x < result.at(2); ++x)
        for (int i = 0; i < window.height; ++i)
          for (int j = 0; j < window.width; ++j) {
            const int row = y * window.stride_y - window.pad_y + i;
            const int column = x * window.stride_x - window.pad_x + j;
            if (row < 0 || row >= image.at(1) * window.upsample) continue;
            if (column < 0 || column >= image.at(2) * window.upsample) continue;
            visit(n, row / window.upsample, column / window.upsample, i, j, y, x);
          }
}

inline void convolve(const Array& image, const Array& weights, const Window& window, Array& result) {
  result = zeros(result.dims);
  for_each_tap(window, image.dims, result.dims, [&](int n, int row, int column, int i, int j, int y, int x) {
    for (int c = 0; c < image.dims[3]; ++c)
      for (int d = 0; d < result.dims[3]; ++d)
        element(result, n, y, x, d) += pixel(image, n, row, column, c) * pixel(weights, i, j, c, d);
  });
}

inline void convolve_transposed(const Array& result, const Array& weights, const Window& window, Array& image) {
  image = zeros(image.dims);
  for_each_tap(window, image.dims, result.dims, [&](int n, int row, int column, int i, int j, int y, int x) {
    for (int c = 0; c < image.dims[3]; ++c)
      for (int d = 0; d < result.dims[3]; ++d)
        element(image, n, row, column, c) += pixel(result, n, y, x, d) * pixel(weights, i, j, c, d);
  });
}

inline void convolve_weights(const Array& image, const Array& result, const Window& window, Array& weights) {
  weights = zeros(weights.dims);
  for_each_tap(window, image.dims, result.dims, [&](int n, int row, int column, int i, int j, int y, int x) {
    for (int c = 0; c < image.dims[3]; ++c)
      for (int d = 0; d < result.dims[3]; ++d)
        element(weights, i, j, c, d) += pixel(image, n, row, column, c) * pixel(result, n, y, x, d);
  });
}

/// The largest of each window, and its place in the window, row by row. The first of equal ones counts, what
/// lies outside of the image does not, and a NaN is larger than anything.
inline void pool(const Array& image, const Window& window, Array& result, std::vector<double>& positions) {
  result.values.assign(count_of(result.dims), NAN);
  positions.assign(result.values.size(), NAN);
  for_each_tap(window, image.dims, result.dims, [&](int n, int row, int column, int i, int j, int y, int x) {
    for (int c = 0; c < image.dims[3]; ++c) {
      const double value = pixel(image, n, row, column, c);
      const std::size_t to = element_of(result.dims, n, y, x, c);
      const bool first = std::isnan(positions[to]);
      if (!first && !(value > result.values[to]) && !std::isnan(value)) continue;
      result.values[to] = value;
      positions[to] = i * window.width + j;
    }
  });
}

/// Where in an image the pool with these positions found what it gave for element `e` of `pooled`.
inline std::size_t place_of(std::size_t e, double position, const Window& window, const std::vector<int>& pooled,
                            const std::vector<int>& image) {
  const int channel = static_cast<int>(e) % pooled.at(3);
  const int x = static_cast<int>(e) / pooled.at(3) % pooled.at(2);
  const int y = static_cast<int>(e) / pooled.at(3) / pooled.at(2) % pooled.at(1);
  const int n = static_cast<int>(e) / pooled.at(3) / pooled.at(2) / pooled.at(1);
  const int at = static_cast<int>(position);
  return element_of(image, n, y * window.stride_y - window.pad_y + at / window.width,
                    x * window.stride_x - window.pad_x + at % window.width, channel);
}

/// Puts x where the pool with these positions found its values: `result` is of the shape of what was pooled.
inline void unpool(const Array& x, const Window& window, const std::vector<double>& positions, Array& result) {
  result = zeros(result.dims);
  for (std::size_t e = 0; e < x.values.size(); ++e)
    result.values.at(place_of(e, positions.at(e), window, x.dims, result.dims)) += x.values[e];
}
/// Takes x from where the pool found its values.
inline void gather(const Array& x, const Window& window, const std::vector<double>& positions, Array& result) {
  for (std::size_t e = 0; e < result.values.size(); ++e)
    result.values[e] = x.values.at(place_of(e, positions.at(e), window, result.dims, x.dims));
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
      add(r / d.upsample, 1);
    } else if (map == Resampling::bilinear) {
      const double at = (r + 0.5) / d.upsample - 0.5;
      const int low = static_cast<int>(std::floor(at));
      add(std::max(low, 0), low + 1 - at);
      add(std::min(low + 1, d.size - 1), at - low);
    } else {
      const int begin = std::max(0, r * d.stride - d.pad);
      const int end = std::min(d.size, r * d.stride - d.pad + d.window);
      for (int i = begin; i < end; ++i) add(i, map == Resampling::window_mean ? 1.0 / (end - begin) : 1.0);
    }
  }
  return matrix;
}

/// Every result is a sum over rows and columns; the transpose goes the other way through the same matrices.
inline void resample(const Array& from, const Node& node, Array& to) {
  const Window& w = node.window;
  const std::vector<int>& image = node.transpose_a ? to.dims : from.dims;
  const std::vector<int>& result = node.transpose_a ? from.dims : to.dims;
  const auto map = node.attribute.as<Resampling>();
  const auto down = resampling_matrix(map, {image.at(1), result.at(1), w.height, w.stride_y, w.pad_y, w.upsample});
  const auto right = resampling_matrix(map, {image.at(2), result.at(2), w.width, w.stride_x, w.pad_x, w.upsample});
  to = zeros(to.dims);
  for (int n = 0; n < image.at(0); ++n)
    for (int y = 0; y < result.at(1); ++y)
      for (int x = 0; x < result.at(2); ++x)
        for (int i = 0; i < image.at(1); ++i)
          for (int j = 0; j < image.at(2); ++j) {
            const double weight = down[static_cast<std::size_t>(y)][static_cast<std::size_t>(i)] *
                                  right[static_cast<std::size_t>(x)][static_cast<std::size_t>(j)];
            if (weight == 0) continue;
            for (int c = 0; c < image.at(3); ++c)
              if (node.transpose_a) element(to, n, i, j, c) += weight * pixel(from, n, y, x, c);
              else element(to, n, y, x, c) += weight * pixel(from, n, i, j, c);
          }
}

}  // namespace isthmus::reference
