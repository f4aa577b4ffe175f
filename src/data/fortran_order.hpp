// Conversion of arrays from Fortran order (column-major) to C order (row-major).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace isthmus::data {

/// `values` of an array of this shape in Fortran order, in C order. Takes the memory of both.
template <class T>
std::vector<T> from_fortran_order(std::vector<T> values, std::span<const std::int64_t> shape) {
  // A dimension of 1 changes nothing, and there may be many.
  std::vector<std::size_t> extents, strides;
  std::size_t stride = 1;
  for (const std::int64_t dimension : shape) {
    if (dimension == 1) continue;
    extents.push_back(static_cast<std::size_t>(dimension));
    strides.push_back(stride);
    stride *= extents.back();
  }
  if (extents.size() < 2 || values.empty()) return values;

  std::vector<T> ordered(values.size());
  std::vector<std::size_t> index(extents.size() - 1, 0);
  std::size_t row = 0;  // where index points to
  for (std::size_t done = 0; done < ordered.size();) {
    for (std::size_t i = 0; i < extents.back(); ++i) ordered[done++] = values[row + i * strides.back()];
    for (std::size_t axis = index.size(); axis-- > 0;) {
      row += strides[axis];
      if (++index[axis] < extents[axis]) break;
      row -= strides[axis] * extents[axis];
      index[axis] = 0;
    }
  }
  return ordered;
}

}  // namespace isthmus::data
