// The largest value of each window, and what goes back or is taken from where it was found.
#pragma once

#include <isthmus/ops/operation.hpp>
#include <isthmus/ops/spatial.hpp>

namespace isthmus {

constexpr Tensor Builder::max_pool(Tensor image, const Window& window, const Shape& places) {
  return windowed(Op::max_pool, image, {}, window, ops::spatial_of(places, image.shape().channels()));
}

constexpr Tensor Builder::max_unpool(Tensor x, Tensor pool, Shape shape) {
  return windowed(Op::max_unpool, x, pool, pool.node().window, shape);
}

constexpr Tensor Builder::max_gather(Tensor x, Tensor pool) {
  return windowed(Op::max_gather, x, pool, pool.node().window, pool.shape());
}

namespace ops {

inline constexpr OperationRule max_pool_rule{
    [](const Derivative& d, int) { return d.g.builder->max_unpool(d.g, d.y, d.a.shape()); }, {}, no_flops};
// The position of the largest value does not change smoothly.
inline constexpr OperationRule max_unpool_rule{
    [](const Derivative& d, int) { return d.g.builder->max_gather(d.g, d.b); }, {false, true, false}, no_flops};
inline constexpr OperationRule max_gather_rule{
    [](const Derivative& d, int) { return d.g.builder->max_unpool(d.g, d.b, d.a.shape()); },
    {false, true, false},
    no_flops};

}  // namespace ops

}  // namespace isthmus
