// Tensors of the reference: numbers in double and extents, the batch among them.
#pragma once

#include <isthmus/graph.hpp>

#include <vector>

namespace isthmus::reference {

/// A tensor whose batch dimension has become a number.
struct Array {
  std::vector<int> dims;
  std::vector<double> values;
};

inline std::vector<int> dims_of(const Shape& shape, int samples) {
  std::vector<int> dims(shape.dim, shape.dim + shape.rank);
  for (int& dim : dims)
    if (dim == batch) dim = samples;
  return dims;
}

inline std::size_t count_of(const std::vector<int>& dims) {
  std::size_t count = 1;
  for (const int dim : dims) count *= static_cast<std::size_t>(dim);
  return count;
}

inline Array zeros(const std::vector<int>& dims) { return {dims, std::vector<double>(count_of(dims), 0.0)}; }

/// Where element `index` of a tensor with `dims` lies in one that broadcasts to it (NumPy's rule).
inline std::size_t broadcast_index(std::size_t index, const std::vector<int>& dims, const std::vector<int>& from) {
  std::size_t result = 0, stride = 1;
  for (std::size_t i = 1; i <= dims.size(); ++i) {
    const auto extent = static_cast<std::size_t>(dims[dims.size() - i]);
    const std::size_t at = index % extent;
    index /= extent;
    if (i > from.size()) continue;
    const auto own = static_cast<std::size_t>(from[from.size() - i]);
    if (own != 1) result += at * stride;
    stride *= own;
  }
  return result;
}

/// Element [i][j][k][l] of a tensor of rank four, which an image and a convolution's weights are.
inline std::size_t element_of(const std::vector<int>& dims, int i, int j, int k, int l) {
  return static_cast<std::size_t>(((i * dims.at(1) + j) * dims.at(2) + k) * dims.at(3) + l);
}
inline double& element(Array& array, int i, int j, int k, int l) {
  return array.values.at(element_of(array.dims, i, j, k, l));
}
/// The same, zero outside of the image.
inline double pixel(const Array& image, int sample, int y, int x, int channel) {
  if (y < 0 || y >= image.dims.at(1) || x < 0 || x >= image.dims.at(2)) return 0;
  return image.values.at(element_of(image.dims, sample, y, x, channel));
}

}  // namespace isthmus::reference
