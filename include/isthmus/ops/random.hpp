// Random numbers, drawn anew in each run.
#pragma once

#include <isthmus/ops/operation.hpp>

namespace isthmus {

constexpr Tensor Builder::random(Distribution distribution, Shape shape, const char* part, bool fixed) {
  Node node;
  node.op = Op::random;
  node.shape = shape;
  node.attribute = distribution;
  node.fixed = fixed;
  node.label.part = part;
  return emit(node);
}

namespace ops {

/// Depends on no operand: there is none.
inline constexpr OperationRule random_rule{nullptr, {}, no_flops};

}  // namespace ops

}  // namespace isthmus
