// Broadcasts, and the sums that undo them.
#pragma once

#include <isthmus/ops/reshape.hpp>

namespace isthmus {

constexpr Tensor Builder::broadcast(Tensor x, Shape shape) {
  if (shape.rank >= 4 && shape.has_batch() && !is_repeated(x.shape(), shape))
    mistake(Mistake::shapes_differ, x.shape(), shape);
  return reshaped(Op::broadcast, x, shape);
}

constexpr Tensor Builder::sum_to(Tensor x, Shape shape) {
  require_samples_apart(x.shape(), shape);
  return sum_over_batch(x, shape);
}

constexpr Tensor Builder::sum_over_batch(Tensor x, Shape shape) {
  if (x.shape().rank >= 4 && x.shape().has_batch() && !is_repeated(shape, x.shape()))
    mistake(Mistake::shapes_differ, x.shape(), shape);
  return reshaped(Op::sum_to, x, shape);
}

/// The sum of all elements of all samples: a scalar. In losses; in a model `sample_sum` is meant.
constexpr Tensor sum(Tensor x) { return x.builder->sum_to(x, {}); }
/// The sum of each sample's values, [batch, …] → [batch, 1], which broadcasts against rows of any width.
constexpr Tensor sample_sum(Tensor x) {
  const Shape& shape = x.shape();
  if (!shape.has_batch()) return sum(x);
  const Tensor row = reshape(x, shape_of(batch, shape.elements_per_sample()));
  return x.builder->sum_to(row, shape_of(batch, 1));
}
/// The mean of each sample's values, [batch, …] → [batch, 1].
constexpr Tensor sample_mean(Tensor x) {
  return sample_sum(x) / static_cast<float>(x.shape().elements_per_sample());
}
/// The mean over the batch of the sum over each sample.
constexpr Tensor mean_over_batch(Tensor x) {
  const Tensor total = sum(x);
  return total / x.builder->host_scalar(HostScalar::batch_size);
}
/// The mean of all elements, of all samples of the batch.
constexpr Tensor mean(Tensor x) {
  const auto per_sample = static_cast<float>(x.shape().elements_per_sample());
  const Tensor total = sum(x);
  if (!x.shape().has_batch()) return total / per_sample;
  return total / (x.builder->host_scalar(HostScalar::batch_size) * per_sample);
}

namespace ops {

// The driver sums the gradient back to the operand's shape.
inline constexpr OperationRule broadcast_rule{[](const Derivative& d, int) { return d.g; }, {}, no_flops};
inline constexpr OperationRule sum_to_rule{
    [](const Derivative& d, int) { return d.g.builder->broadcast(d.g, d.a.shape()); }, {}, one_of_each};

}  // namespace ops

}  // namespace isthmus
