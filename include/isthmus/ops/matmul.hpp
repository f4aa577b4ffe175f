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

constexpr Tensor Builder::matmul(Tensor a, Tensor b, bool transpose_a, bool transpose_b) {
  const Shape x = a.shape(), y = b.shape();
  if (x.rank != 2 || y.rank != 2) mistake(Mistake::not_a_matrix, x.rank != 2 ? x : y);
  else if (y.dim[transpose_b ? 0 : 1] == batch) mistake(Mistake::batch_becomes_columns, y);
  else if (x.dim[transpose_a ? 0 : 1] != y.dim[transpose_b ? 1 : 0]) mistake(Mistake::inner_sizes_differ, x, y);
  else if (transpose_a) require_samples_apart(x, shape_of(x.dim[1], y.dim[transpose_b ? 0 : 1]));
  Node node;
  node.op = Op::matmul;
  node.inputs[0] = a.id;
  node.inputs[1] = b.id;
  node.transpose_a = transpose_a;
  node.transpose_b = transpose_b;
  node.shape = shape_of(x.dim[transpose_a ? 1 : 0], y.dim[transpose_b ? 0 : 1]);
  return emit(node);
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
      const int inner = graph[node.inputs[0]].shape.dim[node.transpose_a ? 0 : 1];
      return 2 * elements(node.shape, n) * (inner == batch ? n : inner);
    },
};

}  // namespace ops

}  // namespace isthmus
