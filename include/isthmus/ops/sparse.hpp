// Sparse rows: the largest values of each row, and where they are. A sparse row has 2 k values, of which the first
// k are values of a longer row, and the others the columns of these: floats, which hold whole numbers up to 2²⁴.
#pragma once

#include <isthmus/ops/operation.hpp>

namespace isthmus {

/// The most columns of a row whose values a sparse row may name, and the most values that are kept of one: a
/// kernel has memory for two such lists.
inline constexpr int most_named_columns = 1 << 24;
inline constexpr int most_kept_values = 4096;

constexpr Tensor Builder::top_k(Tensor x, int k) {
  require_model();
  const Shape row = x.shape();
  if (row.rank != 2 || !row.has_batch()) mistake(Mistake::not_a_row, row, shape_of(batch, row.columns()));
  else if (k < 1) mistake(Mistake::size_not_positive, shape_of(batch, k), shape_of(batch, 1));
  else if (k > row.columns()) mistake(Mistake::keeps_more_than_there_is, shape_of(batch, k), row);
  else if (k > most_kept_values || row.columns() > most_named_columns)
    mistake(Mistake::row_too_long, row, shape_of(batch, 2 * k));
  return sparse(Op::top_k, {x, {}}, shape_of(batch, 2 * (k < 1 ? 1 : k)));
}

constexpr Tensor Builder::sparse_scatter(Tensor values, Tensor where, int n) {
  require_model();
  if (!is_sparse_row(values.shape()) || !(values.shape() == where.shape()))
    mistake(Mistake::not_a_sparse_row, values.shape(), where.shape());
  else if (n < 1) mistake(Mistake::size_not_positive, shape_of(batch, n), shape_of(batch, 1));
  else if (values.shape().columns() / 2 > n)
    mistake(Mistake::keeps_more_than_there_is, shape_of(batch, values.shape().columns() / 2), shape_of(batch, n));
  else if (values.shape().columns() / 2 > most_kept_values || n > most_named_columns)
    mistake(Mistake::row_too_long, values.shape(), shape_of(batch, n));
  return sparse(Op::sparse_scatter, {values, where}, shape_of(batch, n < 1 ? 1 : n));
}

constexpr Tensor Builder::sparse_gather(Tensor x, Tensor where) {
  require_model();
  return sparse(Op::sparse_gather, {x, where}, where.shape());
}

namespace ops {

/// The number of values that are kept of each row.
constexpr int kept_values(const Shape& sparse_row) { return sparse_row.columns() / 2; }

/// The gradient goes to what was kept. The columns do not change smoothly.
inline constexpr OperationRule top_k_rule{
    [](const Derivative& d, int) { return d.g.builder->sparse_scatter(d.g, d.y, d.a.shape().columns()); },
    {},
    one_of_each,
};
inline constexpr OperationRule sparse_scatter_rule{
    [](const Derivative& d, int) { return d.g.builder->sparse_gather(d.g, d.b); }, {false, true, false}, no_flops};
inline constexpr OperationRule sparse_gather_rule{
    [](const Derivative& d, int) { return d.g.builder->sparse_scatter(d.g, d.b, d.a.shape().columns()); },
    {false, true, false},
    no_flops,
};

// The products are made by plan/sparse.hpp, after differentiation.
inline constexpr OperationRule sparse_matmul_rule{nullptr, {}, [](GraphView graph, const Node& node, double n) {
                                                    return 2 * elements(node.shape, n) *
                                                           kept_values(graph[node.inputs[0]].shape);
                                                  }};
inline constexpr OperationRule sampled_matmul_rule{nullptr, {}, [](GraphView graph, const Node& node, double n) {
                                                     return elements(node.shape, n) *
                                                            graph[node.inputs[0]].shape.columns();
                                                   }};
inline constexpr OperationRule sparse_outer_rule{nullptr, {}, [](GraphView graph, const Node& node, double n) {
                                                   return elements(graph[node.inputs[0]].shape, n) *
                                                          graph[node.inputs[1]].shape.columns();
                                                 }};

}  // namespace ops

}  // namespace isthmus
