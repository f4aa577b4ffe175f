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

/// A place in depth, height and width.
struct Place {
  int z = 0, y = 0, x = 0;
};

/// The extents of a series, an image or a volume: samples, depth, height, width, channels. Dimensions that there
/// are not are 1 long.
struct Spatial {
  int samples, depth, height, width, channels;

  explicit Spatial(const std::vector<int>& dims) {
    const std::size_t rank = dims.size();
    samples = dims.at(0);
    depth = rank == 5 ? dims[1] : 1;
    height = rank >= 4 ? dims[rank - 3] : 1;
    width = dims.at(rank - 2);
    channels = dims[rank - 1];
  }
  bool has(const Place& at) const {
    return at.z >= 0 && at.z < depth && at.y >= 0 && at.y < height && at.x >= 0 && at.x < width;
  }
  std::size_t element(int sample, const Place& at, int channel) const {
    const int row = (sample * depth + at.z) * height + at.y;
    return static_cast<std::size_t>((row * width + at.x) * channels + channel);
  }
  /// Calls visit(sample, place) for all places of all samples.
  template <class Visit>
  void for_each(Visit visit) const {
    for (int n = 0; n < samples; ++n)
      for (int z = 0; z < depth; ++z)
        for (int y = 0; y < height; ++y)
          for (int x = 0; x < width; ++x) visit(n, Place{z, y, x});
  }
};
inline double& element(Array& array, int sample, const Place& at, int channel) {
  return array.values.at(Spatial(array.dims).element(sample, at, channel));
}
/// The same, zero outside of the image.
inline double pixel(const Array& image, int sample, const Place& at, int channel) {
  const Spatial spatial(image.dims);
  return spatial.has(at) ? image.values.at(spatial.element(sample, at, channel)) : 0;
}

/// The element of weights [window, C, D] of any number of dimensions; `tap` counts the window's places row by row.
inline std::size_t weight_of(const std::vector<int>& dims, int tap, int c, int d) {
  return static_cast<std::size_t>((tap * dims.at(dims.size() - 2) + c) * dims.back() + d);
}

}  // namespace isthmus::reference
