// Rows of a table by their numbers, and its transpose, which sums rows to where their numbers say.
#pragma once

#include <isthmus/ops/operation.hpp>

namespace isthmus {

/// The shape of one row of `columns` values for each index of a sample: [batch, columns] of one, else
/// [batch, indices, columns].
constexpr Shape shape_of_gathered(const Shape& index, int columns) {
  const int count = index.dim[1];
  return count == 1 ? shape_of(batch, columns) : shape_of(batch, count, columns);
}

constexpr Tensor Builder::gather(Tensor index, Tensor table) {
  require_model();
  const Shape numbers = index.shape(), rows = table.shape();
  if (numbers.rank != 2 || !numbers.has_batch()) mistake(Mistake::not_a_row, numbers, shape_of(batch, 1));
  if (rows.rank != 2 || rows.has_batch()) mistake(Mistake::not_a_matrix, rows);
  Node node;
  node.op = Op::gather;
  node.inputs[0] = index.id;
  node.inputs[1] = table.id;
  node.shape = shape_of_gathered(numbers, rows.columns());
  return emit(node);
}

constexpr Tensor Builder::one_hot_rows(Tensor index, int classes) {
  require_model();
  if (index.shape().rank != 2 || !index.shape().has_batch())
    mistake(Mistake::not_a_row, index.shape(), shape_of(batch, 1));
  Node node;
  node.op = Op::gather;
  node.inputs[0] = index.id;
  node.shape = shape_of_gathered(index.shape(), classes);
  return emit(node);
}

constexpr Tensor Builder::scatter(Tensor index, Tensor rows, Shape table) {
  Node node;
  node.op = Op::scatter;
  node.inputs[0] = index.id;
  node.inputs[1] = rows.id;
  node.shape = table;
  return emit(node);
}

namespace ops {

inline constexpr OperationRule gather_rule{
    [](const Derivative& d, int) { return d.g.builder->scatter(d.a, d.g, d.b.shape()); },
    {true, false, false},
    no_flops,
};
inline constexpr OperationRule scatter_rule{
    [](const Derivative& d, int) { return d.g.builder->gather(d.a, d.g); },
    {true, false, false},
    [](GraphView graph, const Node& node, double n) { return elements(graph[node.inputs[1]].shape, n); },
};

}  // namespace ops

}  // namespace isthmus
