// The loops that elementwise operations share with all that broadcasts.
#pragma once

#include <isthmus/graph.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace isthmus::interchange {

/// The iteration over a tensor of one sample and over others that broadcast to it (NumPy's rule) at the same time.
/// Axes that all of them have in one piece are one axis.
struct Walk {
  std::vector<std::int64_t> extents;
  std::vector<std::vector<std::int64_t>> strides;  ///< of each tensor, for each axis; 0 where it repeats

  /// The index of a tensor's value for the element `at`.
  std::size_t place(std::size_t tensor, std::size_t at) const;
};

/// Over a tensor of shape `over`; `tensors` broadcast to it.
Walk walk(const Shape& over, std::span<const Shape> tensors);

}  // namespace isthmus::interchange
