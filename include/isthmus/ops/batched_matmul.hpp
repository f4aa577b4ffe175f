// Products of each sample's matrices, and of several heads at once: what attention is made of.
//
// The columns of a *wide* matrix [batch, T, heads · d] belong to one head after the other, and so do the rows of a
// *tall* one [batch, heads · T, S]: row h · T + t is row t of head h. There are three products, for each head by
// itself:
//
//     scores     transpose_b       wide a [T, d] × wide b [S, d]ᵀ   → tall [T, S]
//     mixture                      tall a [T, S] × wide b [S, d]    → wide [T, d]
//     transposed transpose_a       tall a [T, S]ᵀ × wide b [T, d]   → wide [S, d]
//
// The gradients of each are two of these, so no head is ever moved or copied. With one head these are the products
// A Bᵀ, A B and Aᵀ B of each sample. Source: Vaswani et al. 2017, section 3.2.
#pragma once

#include <isthmus/ops/movement.hpp>

namespace isthmus {

constexpr Tensor Builder::batched_matmul(Tensor a, Tensor b, bool transpose_a, bool transpose_b, int heads) {
  require_model();
  // Aᵀ Bᵀ is the transpose of B A.
  if (transpose_a && transpose_b && heads == 1) return permute(batched_matmul(b, a), {1, 0});
  Node node;
  node.op = Op::batched_matmul;
  node.attribute = Heads{heads};
  node.inputs[0] = a.id;
  node.inputs[1] = b.id;
  node.transpose_a = transpose_a;
  node.transpose_b = transpose_b;
  node.shape = shape_of_batched_product(a.shape(), b.shape(), node);
  return emit(node);
}

constexpr Shape Builder::shape_of_batched_product(const Shape& x, const Shape& y, const Node& node) {
  for (const Shape& s : {x, y})
    if (s.rank != 3 || !s.has_batch()) {
      mistake(Mistake::not_a_matrix, s);
      return x;
    }
  const int heads = static_cast<int>(node.attribute.as<Heads>());
  const auto is_divided = [heads](int extent) { return heads > 0 && extent % heads == 0; };
  const bool of_scores = node.transpose_b;
  if (!is_divided(of_scores ? x.dim[2] : x.dim[1]))
    mistake(Mistake::heads_do_not_divide, x, shape_of(batch, heads));
  else if (!is_divided(y.dim[2])) mistake(Mistake::heads_do_not_divide, y, shape_of(batch, heads));
  if (heads < 1) return x;
  const int rows = of_scores ? x.dim[1] : x.dim[1] / heads;
  const bool fits = of_scores          ? x.dim[2] == y.dim[2] && !node.transpose_a
                    : node.transpose_a ? rows == y.dim[1]
                                       : x.dim[2] == y.dim[1];
  if (!fits) mistake(Mistake::inner_sizes_differ, x, y);
  if (of_scores) return shape_of(batch, heads * rows, y.dim[1]);
  return shape_of(batch, node.transpose_a ? x.dim[2] : rows, y.dim[2]);
}

constexpr Tensor batched_matmul(Tensor a, Tensor b, bool transpose_a = false, bool transpose_b = false) {
  return a.builder->batched_matmul(a, b, transpose_a, transpose_b);
}

namespace ops {

/// Terms of the sum that one element of a batched product is; `a` is the shape of its first operand.
constexpr int inner_size_of_batched(const Node& node, const Shape& a) {
  const int heads = static_cast<int>(node.attribute.as<Heads>());
  return node.transpose_b ? a.dim[2] / heads : node.transpose_a ? a.dim[1] / heads : a.dim[2];
}

constexpr double batched_matmul_flops(GraphView graph, const Node& node, double n) {
  return 2 * elements(node.shape, n) * inner_size_of_batched(node, graph[node.inputs[0]].shape);
}

inline constexpr OperationRule batched_matmul_rule{
    [](const Derivative& d, int operand) {
      const Node& node = d.y.node();
      const int heads = static_cast<int>(node.attribute.as<Heads>());
      Builder& b = *d.g.builder;
      const auto scores = [&](Tensor x, Tensor y) { return b.batched_matmul(x, y, false, true, heads); };
      const auto mixture = [&](Tensor x, Tensor y) { return b.batched_matmul(x, y, false, false, heads); };
      const auto transposed = [&](Tensor x, Tensor y) { return b.batched_matmul(x, y, true, false, heads); };
      if (node.transpose_b) return operand == 0 ? mixture(d.g, d.b) : transposed(d.g, d.a);
      if (node.transpose_a) return operand == 0 ? scores(d.b, d.g) : mixture(d.a, d.g);
      return operand == 0 ? scores(d.g, d.b) : transposed(d.a, d.g);
    },
    {},
    batched_matmul_flops,
};

}  // namespace ops

}  // namespace isthmus
