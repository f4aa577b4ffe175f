// Recurrences: one cell goes through the steps of a sequence, its state from each step to the next. One node,
// whatever the length: what a step computes is in the kernels, src/ops/recurrence/.
//
// The node gives a trace, [batch, traced · steps, H]: first the states of all steps, then, block after block, what
// else the gradient needs to know of each step. So the gradient computes no product of the forward pass again.
//
// LSTM: Gers, Schmidhuber and Cummins 2000, as Keras and PyTorch have it. With gates i, f, c, o of p + h U:
//     c' = σ(f) c + σ(i) tanh(c), h' = σ(o) tanh(c')
// GRU: Cho et al. 2014, in the form of cuDNN, PyTorch, and Keras' reset_after. With gates z, r, n of p and of q =
// h U + b:
//     h' = σ(z) h + (1 - σ(z)) tanh(p_n + σ(r) q_n)
#pragma once

#include <isthmus/ops/matmul.hpp>
#include <isthmus/ops/movement.hpp>
#include <isthmus/ops/sums.hpp>
#include <isthmus/ops/table.hpp>

#include <algorithm>

namespace isthmus {

/// What a graph has to know of a cell.
struct CellFacts {
  int gates;      ///< of H columns each
  int traced;     ///< values that are kept of each state: the state itself first
  int gradients;  ///< 1 if the gradients of projections and products are the same, else 2
};

constexpr CellFacts facts_of(RecurrentCell cell) {
  switch (cell) {
    case RecurrentCell::lstm: return {4, 6, 1};
    case RecurrentCell::gru: return {3, 5, 2};
  }
  return {};
}

/// Values that the kernels have working memory for, and those that they need for one sample.
inline constexpr int most_recurrent_values = 65'536;
constexpr std::int64_t recurrent_values(RecurrentCell cell, int units) {
  const auto in_panels = [](std::int64_t columns) { return (columns + 15) / 16 * 16; };
  const CellFacts facts = facts_of(cell);
  return 2 * in_panels(units) + facts.gradients * in_panels(std::int64_t{facts.gates} * units);
}

constexpr Tensor Builder::recurrence(RecurrentCell cell, Tensor projections, Tensor weights, Tensor bias,
                                     bool reversed) {
  require_model();
  const CellFacts facts = facts_of(cell);
  const Shape p = projections.shape(), u = weights.shape();
  const int units = p.columns() / facts.gates;
  if (p.rank != 3 || !p.has_batch()) {
    mistake(Mistake::not_a_sequence, p, shape_of(batch, 1, p.columns()));
    return projections;
  }
  if (units < 1 || !(u == shape_of(units, facts.gates * units)) || p.columns() != u.columns() ||
      (bias.builder != nullptr && !(bias.shape() == shape_of(u.columns())))) {
    mistake(Mistake::inner_sizes_differ, p, u);
    return projections;
  }
  if (recurrent_values(cell, units) > most_recurrent_values)
    mistake(Mistake::row_too_long, p, shape_of(batch, units));
  Node node;
  node.op = Op::recurrence;
  node.attribute = cell;
  node.reversed = reversed;
  node.inputs[0] = projections.id;
  node.inputs[1] = weights.id;
  if (bias.builder != nullptr) node.inputs[2] = bias.id;
  node.shape = shape_of(batch, facts.traced * p.dim[1], units);
  return region(emit(node), {}, shape_of(batch, p.dim[1], units));
}

namespace ops {

/// Multiplications and additions of the products with the recurrent weights, and of the gates' functions.
constexpr double recurrence_flops(GraphView graph, const Node& node, double n) {
  const Shape& weights = graph[node.inputs[1]].shape;
  const int steps = graph[node.inputs[node.op == Op::recurrence ? 0 : 2]].shape.dim[1];
  const double units = std::min(weights.dim[0], weights.dim[1]), gates = std::max(weights.dim[0], weights.dim[1]);
  return n * steps * gates * (2 * units + function_flops);
}

/// The gradients of a recurrence in its projections and in its products with the weights, row blocks of one node.
constexpr Tensor recurrence_gradient(const Derivative& d, bool of_products) {
  Builder& b = *d.g.builder;
  const Node trace = d.y.node();
  const auto cell = trace.attribute.as<RecurrentCell>();
  const CellFacts facts = facts_of(cell);
  const Shape projections = d.a.shape();
  const int steps = projections.dim[1];
  Node node;
  node.op = Op::recurrence_gradient;
  node.attribute = cell;
  node.reversed = trace.reversed;
  node.inputs[0] = d.y.id;
  node.inputs[1] = b.transpose(d.b).id;
  // Nothing reads more of a trace than its states.
  node.inputs[2] = b.region(d.g, {}, shape_of(batch, steps, trace.shape.columns())).id;
  node.shape = shape_of(batch, facts.gradients * steps, projections.columns());
  const Tensor both = b.emit(node);
  return b.region(both, {of_products ? (facts.gradients - 1) * steps : 0}, projections);
}

inline constexpr OperationRule recurrence_rule{
    [](const Derivative& d, int operand) {
      const Tensor gradient = recurrence_gradient(d, operand != 0);
      if (operand != 1) return gradient;
      // The states before each step: those of all steps, one step later.
      const Node trace = d.y.node();
      const Shape states = shape_of(batch, d.a.shape().dim[1], trace.shape.columns());
      Builder& b = *d.g.builder;
      const Tensor before = b.region(b.region(d.y, {}, states), {trace.reversed ? 1 : -1}, states);
      return isthmus::matmul(before, gradient, true, false);
    },
    {},
    recurrence_flops,
};

inline constexpr OperationRule recurrence_gradient_rule{
    [](const Derivative& d, int operand) {
      Builder& b = *d.g.builder;
      b.diagnostic().record(Mistake::operation_without_gradient, "gradient_of_a_recurrence");
      return b.broadcast(b.constant(0.0f), d.operand(operand).shape());
    },
    {},
    recurrence_flops,
};

}  // namespace ops

}  // namespace isthmus
