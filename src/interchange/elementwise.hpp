// Elementwise operations outside of the kernels: as C, and as numbers. And the loops that they share with all that
// broadcasts.
#pragma once

#include <isthmus/graph.hpp>

#include <span>
#include <string>
#include <vector>

namespace isthmus::interchange {

/// The operation of the operands `a`, `b` and `c` as an expression in C: isthmus::evaluate is the same as a number, with
/// the same answers to NaN and to zeros of either sign.
std::string c_expression(const Elementwise& function, float value);

/// How to go over a tensor of one sample and over others that broadcast to it (NumPy's rule) at the same time.
/// Axes that all of them have in one piece are one axis.
struct Walk {
  std::vector<std::int64_t> extents;
  std::vector<std::vector<std::int64_t>> strides;  ///< of each tensor, for each axis; 0 where it repeats

  /// Where a tensor's value for the element `at` lies.
  std::size_t place(std::size_t tensor, std::size_t at) const;
};

/// Over a tensor of shape `over`; `tensors` broadcast to it.
Walk walk(const Shape& over, std::span<const Shape> tensors);

}  // namespace isthmus::interchange
