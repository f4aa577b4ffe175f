// The interface for the passes of every operation that is not in the table of elementwise ones: its gradient and
// its cost. Each has a header of its own here, with its shape rule; its interfaces for schedules, kernels and
// files are in src/ops/.
#pragma once

#include <isthmus/ops/formula.hpp>

namespace isthmus::ops {

struct OperationRule {
  /// The contribution of the result's gradient to that of one operand, in the graph's own operations, before it is
  /// summed to the operand's shape; d.y.node() has the rest. Null: the operation cannot be differentiated; a model
  /// that needs it to be does not compile.
  Tensor (*gradient)(const Derivative& d, int operand);
  /// Operands in which it is constant almost everywhere: they get no gradient.
  bool flat[3];
  /// Multiplications and additions, as it is written and without any rewrite, for `n` samples.
  double (*flops)(GraphView graph, const Node& node, double n);
};

constexpr double elements(const Shape& shape, double n) {
  return static_cast<double>(shape.elements_per_sample()) * (shape.has_batch() ? n : 1.0);
}

/// The cost of operations that move or mark values.
constexpr double no_flops(GraphView, const Node&, double) { return 0; }
/// The cost of operations that read each value of their first operand once.
constexpr double one_of_each(GraphView graph, const Node& node, double n) {
  return elements(graph[node.inputs[0]].shape, n);
}

}  // namespace isthmus::ops
