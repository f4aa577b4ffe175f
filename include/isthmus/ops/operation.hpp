// What the passes ask of every operation that is no row of the table of elementwise ones: its gradient and its cost. Each
// has a header of its own here, with its shape rule; what schedules, kernels and files need of it is in src/ops/.
#pragma once

#include <isthmus/ops/formula.hpp>

namespace isthmus::ops {

struct OperationRule {
  /// What the result's gradient contributes to that of one operand, in the graph's own operations, before it is summed to
  /// the operand's shape; d.y.node() has the rest. Null: is not differentiated, which does not compile where it has to be.
  Tensor (*gradient)(const Derivative& d, int operand);
  /// Operands in which it is constant almost everywhere: they get no gradient.
  bool flat[3];
  /// Multiplications and additions, as it is written and without any rewrite, for `n` samples.
  double (*flops)(GraphView graph, const Node& node, double n);
};

constexpr double elements(const Shape& shape, double n) {
  return static_cast<double>(shape.elements_per_sample()) * (shape.has_batch() ? n : 1.0);
}

/// Of what moves or marks values.
constexpr double no_flops(GraphView, const Node&, double) { return 0; }
/// Of what reads each value of its first operand once.
constexpr double one_of_each(GraphView graph, const Node& node, double n) {
  return elements(graph[node.inputs[0]].shape, n);
}

}  // namespace isthmus::ops
