// Operations over rows and samples: the one node that all of them are, of the library and of programs.
#pragma once

#include <isthmus/ops/sums.hpp>

namespace isthmus {

/// Values that a kernel over rows or samples has working memory for.
inline constexpr int most_row_values = 65'536;

constexpr bool Builder::is_complete(const RowOperation& operation) {
  if (operation.name == nullptr) mistake(Mistake::operation_without_name);
  else if (operation.kernel == nullptr) diagnostic_.record(Mistake::operation_without_kernel, operation.name);
  else if (operation.whole_samples ? operation.columns != nullptr : operation.shape != nullptr)
    diagnostic_.record(Mistake::operation_of_rows_and_samples, operation.name);
  else return true;
  return false;
}

constexpr Tensor Builder::over_rows(const RowOperation& operation, const Tensor (&operands)[3], float value) {
  require_model();
  const int count = count_of(operands);
  if (!is_complete(operation)) return operands[0];
  if (count != operation.operands) return wrong_count(operation.name, count < operation.operands, operands);
  for (int k = 0; k < count; ++k) {
    if (operands[k].builder == this) continue;
    mistake(Mistake::tensors_of_two_graphs, operands[0].shape(), operands[k].shape());
    return operands[0];
  }
  Node node;
  node.op = Op::rows;
  node.row_operation = &operation;
  node.value = value;
  node.shape = operands[0].shape();
  if (operation.whole_samples) shape_of_samples(node, operands);
  else shape_of_rows(node, operands);
  return emit(node);
}

constexpr void Builder::shape_of_rows(Node& node, const Tensor (&operands)[3]) {
  const RowOperation& operation = *node.row_operation;
  int columns[3] = {}, values = 0;
  for (int k = 0; k < operation.operands; ++k) {
    const Shape& shape = operands[k].shape();
    node.inputs[k] = operands[k].id;
    // An image of one channel does not lie as one value for each pixel.
    if (shape.rank == 0 || shape.is_flat()) mistake(Mistake::not_a_row, shape, shape_of(batch, shape.columns()));
    columns[k] = shape.columns();
    values += columns[k];
    Shape rows = node.shape;
    rows.dim[rows.rank - 1] = columns[k];
    if (shape.rank != 1 && !(shape == rows)) mistake(Mistake::shapes_differ, node.shape, shape);
  }
  if (operation.columns != nullptr && node.shape.rank > 0) {
    int& of_result = node.shape.dim[node.shape.rank - 1];
    of_result = operation.columns(columns);
    if (of_result < 1)
      diagnostic_.record(Mistake::size_not_positive, operation.name, node.shape, operands[0].shape());
  }
  if (node.shape.is_flat()) mistake(Mistake::not_a_row, operands[0].shape(), shape_of(batch, columns[0]));
  // A kernel's operands and result, and sixteen rows of the result, have to fit into working memory of fixed size.
  if (values + 32 * (node.shape.columns() + 15) > most_row_values)
    mistake(Mistake::row_too_long, operands[0].shape(), node.shape);
}

constexpr void Builder::shape_of_samples(Node& node, const Tensor (&operands)[3]) {
  const RowOperation& operation = *node.row_operation;
  Shape shapes[3] = {};
  std::int64_t values = 0;
  for (int k = 0; k < operation.operands; ++k) {
    node.inputs[k] = operands[k].id;
    shapes[k] = operands[k].shape();
    // If the first operand is the same for all samples, no other operand can have the batch.
    if (shapes[k].rank == 0 || (shapes[k].has_batch() && !shapes[0].has_batch()))
      mistake(Mistake::shapes_differ, shapes[0], shapes[k]);
    values += shapes[k].elements_per_sample();
  }
  if (operation.shape != nullptr) node.shape = operation.shape(shapes);
  const std::int64_t results = node.shape.elements_per_sample();
  if (node.shape.rank == 0 || node.shape.has_batch() != shapes[0].has_batch() || results < 1)
    mistake(Mistake::shapes_differ, shapes[0], node.shape);
  // The operands, the result, and a row of it in panels have to fit into working memory of fixed size.
  if (values + results + node.shape.columns() + 15 > most_row_values)
    mistake(Mistake::sample_too_large, shapes[0], node.shape);
}

namespace ops {

inline constexpr OperationRule rows_rule{
    [](const Derivative& d, int operand) {
      const RowOperation& operation = *d.y.node().row_operation;
      if (operation.gradient != nullptr) return operation.gradient(d, operand);
      Builder& b = *d.g.builder;
      b.diagnostic().record(Mistake::operation_without_gradient, operation.name);
      return b.broadcast(b.constant(0.0f), d.operand(operand).shape());
    },
    {},
    [](GraphView graph, const Node& node, double n) {
      return elements(graph[node.inputs[0]].shape, n) * node.row_operation->flops;
    },
};

}  // namespace ops

}  // namespace isthmus
