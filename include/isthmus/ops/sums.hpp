// Broadcasts, and the sums that undo them.
#pragma once

#include <isthmus/ops/operation.hpp>

namespace isthmus {

constexpr Tensor Builder::broadcast(Tensor x, Shape shape) {
  if (shape.is_image() && !is_repeated(x.shape(), shape)) mistake(Mistake::shapes_differ, x.shape(), shape);
  return reshaped(Op::broadcast, x, shape);
}

constexpr Tensor Builder::sum_to(Tensor x, Shape shape) {
  require_samples_apart(x.shape(), shape);
  return sum_over_batch(x, shape);
}

constexpr Tensor Builder::sum_over_batch(Tensor x, Shape shape) {
  if (x.shape().is_image() && !is_repeated(shape, x.shape())) mistake(Mistake::shapes_differ, x.shape(), shape);
  return reshaped(Op::sum_to, x, shape);
}

namespace ops {

// The driver sums the gradient back to the operand's shape.
inline constexpr OperationRule broadcast_rule{[](const Derivative& d, int) { return d.g; }, {}, no_flops};
inline constexpr OperationRule sum_to_rule{
    [](const Derivative& d, int) { return d.g.builder->broadcast(d.g, d.a.shape()); }, {}, one_of_each};

}  // namespace ops

}  // namespace isthmus
