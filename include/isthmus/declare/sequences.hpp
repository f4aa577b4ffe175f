// What the words for sequences ask of their operand, [batch, T, C]: a row of C values for each of T positions.
#pragma once

#include <isthmus/declare/layers.hpp>

namespace isthmus::declare {

/// The sequence that these values most likely are.
constexpr Shape sequence_shape(const Shape& shape) {
  return shape_of(batch, shape.rows_per_sample(), shape.columns());
}

/// Whether this is a sequence; else the mistake is recorded.
constexpr bool require_sequence(Tensor x) {
  const Shape shape = x.shape();
  if (shape.rank == 3 && shape.has_batch()) return true;
  x.builder->mistake(Mistake::not_a_sequence, shape, sequence_shape(shape));
  return false;
}
/// A sequence; after a mistake one of the same values.
constexpr Tensor as_sequence(Tensor x) {
  if (require_sequence(x)) return x;
  const Shape sequence = sequence_shape(x.shape());
  return x.shape().has_batch() ? reshape(x, sequence) : x.builder->broadcast(x, sequence);
}

}  // namespace isthmus::declare
