// Reshape: the elements of a tensor in another shape.
#pragma once

#include <isthmus/ops/operation.hpp>

namespace isthmus {

constexpr Tensor Builder::reshape(Tensor x, Shape shape) {
  if (x.shape().has_batch() != shape.has_batch() || x.shape().elements_per_sample() != shape.elements_per_sample())
    mistake(Mistake::sizes_of_a_reshape_differ, x.shape(), shape);
  return reshaped(Op::reshape, x, shape);
}

constexpr Tensor reshape(Tensor x, Shape shape) { return x.builder->reshape(x, shape); }

namespace ops {

inline constexpr OperationRule reshape_rule{
    [](const Derivative& d, int) { return isthmus::reshape(d.g, d.a.shape()); }, {}, no_flops};

}  // namespace ops

}  // namespace isthmus
