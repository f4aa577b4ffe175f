#include "walk.hpp"

#include <algorithm>

namespace isthmus::interchange {

std::size_t Walk::place(std::size_t tensor, std::size_t at) const {
  std::size_t place = 0;
  for (std::size_t axis = extents.size(); axis-- > 0;) {
    const auto extent = static_cast<std::size_t>(extents[axis]);
    place += at % extent * static_cast<std::size_t>(strides[tensor][axis]);
    at /= extent;
  }
  return place;
}

Walk walk(const Shape& over, std::span<const Shape> tensors) {
  const auto extent = [](const Shape& shape, int from_the_end) -> std::int64_t {
    const int dim = from_the_end > shape.rank ? 1 : shape.dim[shape.rank - from_the_end];
    return dim == batch ? 1 : dim;
  };
  // Goes from the last axis to the first, so that an axis is joined with the next inner one.
  Walk walk;
  walk.strides.resize(tensors.size());
  std::vector<std::int64_t> next(tensors.size(), 1);
  for (int d = 1; d <= over.rank; ++d) {
    const std::int64_t count = extent(over, d);
    if (count == 1) continue;
    bool joins = !walk.extents.empty();
    std::vector<std::int64_t> strides(tensors.size());
    for (std::size_t t = 0; t < tensors.size(); ++t) {
      const std::int64_t own = extent(tensors[t], d);
      strides[t] = own == 1 ? 0 : next[t];
      next[t] *= own;
      joins = joins && strides[t] == walk.strides[t].back() * walk.extents.back();
    }
    if (joins) {
      walk.extents.back() *= count;
      continue;
    }
    walk.extents.push_back(count);
    for (std::size_t t = 0; t < tensors.size(); ++t) walk.strides[t].push_back(strides[t]);
  }
  std::reverse(walk.extents.begin(), walk.extents.end());
  for (std::vector<std::int64_t>& strides : walk.strides) std::reverse(strides.begin(), strides.end());
  return walk;
}

}  // namespace isthmus::interchange
