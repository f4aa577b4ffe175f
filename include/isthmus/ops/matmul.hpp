// Products of matrices, and their transposes.
#pragma once

#include <isthmus/ops/operation.hpp>

namespace isthmus {

constexpr Tensor Builder::transpose(Tensor x) {
  const Shape s = x.shape();
  // The samples of a batch are rows: they cannot become columns, whose number is part of the plan.
  if (s.rank != 2) mistake(Mistake::not_a_matrix, s);
  else if (s.has_batch()) mistake(Mistake::batch_becomes_columns, s);
  return reshaped(Op::transpose, x, shape_of(s.dim[1], s.dim[0]));
}

/// Whether kernels see a tensor as one matrix: [rows, columns], or [batch, rows, columns], the rows of all samples
/// one below the other.
constexpr bool is_matrix(const Shape& s) { return s.rank == 2 || (s.rank == 3 && s.has_batch()); }

constexpr Tensor Builder::matmul(Tensor a, Tensor b, bool transpose_a, bool transpose_b) {
  const Shape x = a.shape(), y = b.shape();
  Node node;
  node.op = Op::matmul;
  node.inputs[0] = a.id;
  node.inputs[1] = b.id;
  node.transpose_a = transpose_a;
  node.transpose_b = transpose_b;
  node.shape = shape_of_product(x, y, transpose_a, transpose_b);
  return emit(node);
}

constexpr Tensor Builder::matmul_over_batch(Tensor a, Tensor b) {
  const bool in_model = in_model_;
  in_model_ = false;
  const Tensor result = matmul(a, b, true, false);
  in_model_ = in_model;
  return result;
}

/// Each row of a sample is multiplied by itself, so a matrix for each sample is the left operand; the right one
/// has none, but where the rows of both are summed over.
constexpr Shape Builder::shape_of_product(const Shape& x, const Shape& y, bool transpose_a, bool transpose_b) {
  if (!is_matrix(x) || !is_matrix(y)) {
    mistake(Mistake::not_a_matrix, is_matrix(x) ? y : x);
    return shape_of(x.dim[transpose_a ? 1 : 0], y.dim[transpose_b ? 0 : 1]);
  }
  const int columns = y.dim[transpose_b ? y.rank - 2 : y.rank - 1];
  if (!transpose_a) {
    if (y.rank != 2) mistake(Mistake::not_a_matrix, y);
    else if (columns == batch) mistake(Mistake::batch_becomes_columns, y);
    else if (x.dim[x.rank - 1] != y.dim[transpose_b ? 1 : 0]) mistake(Mistake::inner_sizes_differ, x, y);
    Shape shape = x;
    shape.dim[x.rank - 1] = columns;
    return shape;
  }
  const Shape shape = shape_of(x.dim[x.rank - 1], columns);
  bool same_rows = x.rank == y.rank && x.dim[0] == y.dim[transpose_b ? 1 : 0];
  if (x.rank == 3) same_rows = same_rows && !transpose_b && x.dim[1] == y.dim[1];
  if (columns == batch) mistake(Mistake::batch_becomes_columns, y);
  else if (!same_rows) mistake(Mistake::inner_sizes_differ, x, y);
  else require_samples_apart(x, shape);
  return shape;
}

constexpr Tensor matmul(Tensor a, Tensor b, bool transpose_a = false, bool transpose_b = false) {
  return a.builder->matmul(a, b, transpose_a, transpose_b);
}
constexpr Tensor transpose(Tensor x) { return x.builder->transpose(x); }

namespace ops {

inline constexpr OperationRule transpose_rule{
    [](const Derivative& d, int) { return isthmus::transpose(d.g); }, {}, no_flops};

inline constexpr OperationRule matmul_rule{
    [](const Derivative& d, int operand) {
      const bool ta = d.y.node().transpose_a, tb = d.y.node().transpose_b;
      // C = A B with A, B read through their flags: dA = dC Bᵀ, dB = Aᵀ dC, each transposed back if needed.
      if (operand == 0) return ta ? isthmus::matmul(d.b, d.g, tb, true) : isthmus::matmul(d.g, d.b, false, !tb);
      return tb ? isthmus::matmul(d.g, d.a, true, ta) : isthmus::matmul(d.a, d.g, !ta, false);
    },
    {},
    [](GraphView graph, const Node& node, double n) {
      const Shape& left = graph[node.inputs[0]].shape;
      const double columns = left.columns();
      return 2 * elements(node.shape, n) * (node.transpose_a ? elements(left, n) / columns : columns);
    },
};

}  // namespace ops

}  // namespace isthmus
