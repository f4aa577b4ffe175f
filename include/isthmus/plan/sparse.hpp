// Graph → Graph: products with scattered rows read only what the sparse rows name.
#pragma once

#include <isthmus/plan/rewrites.hpp>

namespace isthmus::plan {
namespace detail {

/// Makes the products of sparse rows, node by node.
class SparseProducts {
 public:
  explicit constexpr SparseProducts(GraphView graph)
      : graph_(graph), readers_(count_readers(graph)), copy_(graph), sums_(graph.size, -1) {}

  constexpr Graph run() {
    for (int i = 0; i < graph_.size; ++i) {
      const int made = product(i);
      copy_.to[i] = made >= 0 ? made : copy_.append(copy_.moved(graph_[i]));
    }
    return remove_dead(static_cast<Graph&&>(copy_.graph));
  }

 private:
  constexpr bool is(int i, Op op) const { return i >= 0 && graph_[i].op == op; }
  /// A product that nothing else reads: it need not be there as a whole.
  constexpr bool is_lone_product(int i) const {
    return is(i, Op::matmul) && !graph_[i].transpose_a && readers_[i] == 1;
  }

  constexpr int append(Op op, const Label& label, Shape shape, int a, int b = -1, int c = -1,
                       bool transpose_a = false) {
    Node node;
    node.op = op;
    node.label = label;
    node.shape = shape;
    node.inputs[0] = a;
    node.inputs[1] = b;
    node.inputs[2] = c;
    node.transpose_a = transpose_a;
    return copy_.append(node);
  }
  /// A product with the values of a sparse_scatter.
  constexpr int with(Op op, const Node& node, int scatter, int dense, bool transpose_a = false) {
    const Node& sparse = graph_[scatter];
    return append(op, node.label, node.shape, copy_.to[sparse.inputs[0]], dense, copy_.to[sparse.inputs[1]],
                  transpose_a);
  }

  constexpr int product(int i) {
    const Node& node = graph_[i];
    const int a = node.inputs[0], b = node.inputs[1];
    if (node.op == Op::matmul && !node.transpose_b) {
      if (!node.transpose_a && is(a, Op::sparse_scatter)) return with(Op::sparse_matmul, node, a, copy_.to[b]);
      if (node.transpose_a && is(a, Op::sparse_scatter)) return with(Op::sparse_outer, node, a, copy_.to[b]);
      if (node.transpose_a && is(b, Op::sparse_scatter)) return with(Op::sparse_outer, node, b, copy_.to[a], true);
    }
    if (node.op == Op::sparse_gather && is_lone_product(a) && graph_[a].transpose_b)
      return append(Op::sampled_matmul, graph_[a].label, node.shape, copy_.to[graph_[a].inputs[0]],
                    copy_.to[graph_[a].inputs[1]], copy_.to[b]);
    if (node.op == Op::sum_to && node.shape.rank == 1 && !node.shape.has_batch()) {
      if (is(a, Op::sparse_scatter) && node.shape.columns() == graph_[a].shape.columns())
        return column_sums(a, node.label);
      // What is subtracted has the gradient -g.
      const bool negated = graph_[a].function == &ops::negate && readers_[a] == 1;
      const int of = negated ? graph_[a].inputs[0] : a;
      if (is_lone_product(of) && is(graph_[of].inputs[0], Op::sparse_scatter) &&
          node.shape.columns() == graph_[of].shape.columns()) {
        const int sum = sum_of_product(of, node.shape);
        return negated ? minus(sum) : sum;
      }
    }
    return -1;
  }

  /// The sum of each column of scattered values, once: their transpose times ones.
  constexpr int column_sums(int scatter, const Label& label) {
    if (sums_[scatter] >= 0) return sums_[scatter];
    Node one;
    one.value = 1;
    const int ones = append(Op::broadcast, label, shape_of(batch, 1), copy_.append(one));
    Node sums;
    sums.label = label;
    sums.shape = shape_of(graph_[scatter].shape.columns());
    return sums_[scatter] = with(Op::sparse_outer, sums, scatter, ones, true);
  }

  /// Σ (a · W) over the batch = (Σ a) · W: one row instead of all of them.
  constexpr int sum_of_product(int of, Shape sum) {
    const Node& product = graph_[of];
    const Shape& weights = graph_[product.inputs[1]].shape;
    const int w = copy_.to[product.inputs[1]], rows = weights.dim[0], columns = weights.dim[1];
    const int sums = column_sums(product.inputs[0], product.label);
    const auto reshape = [&](int x, Shape shape) { return append(Op::reshape, product.label, shape, x); };
    const int whole =
        product.transpose_b
            ? append(Op::matmul, product.label, shape_of(rows, 1), w, reshape(sums, shape_of(columns, 1)))
            : append(Op::matmul, product.label, shape_of(1, columns), reshape(sums, shape_of(1, rows)), w);
    return reshape(whole, sum);
  }
  constexpr int minus(int x) {
    Node node = copy_.graph.nodes.data()[x];
    node.op = Op::elementwise;
    node.function = &ops::negate;
    node.inputs[0] = x;
    return copy_.append(node);
  }

  GraphView graph_;
  Array<int> readers_;
  Copy copy_;
  Array<int> sums_;  ///< of a sparse_scatter: the sum of each column, if it is there
};

/// A sum of two scattered rows → one of a sparse row that has the values of both, node by node. So the gradient of
/// what two of them were taken of is as sparse as theirs.
class JoinedRows {
 public:
  explicit constexpr JoinedRows(GraphView graph) : graph_(graph), copy_(graph) {}

  constexpr Graph run() {
    for (int i = 0; i < graph_.size; ++i)
      copy_.to[i] = is_sum_of_two(i) ? joined(i) : copy_.append(copy_.moved(graph_[i]));
    return static_cast<Graph&&>(copy_.graph);
  }

 private:
  constexpr bool is_scatter(int i) const { return graph_[i].op == Op::sparse_scatter; }
  constexpr int values_of(int scatter) const { return graph_[graph_[scatter].inputs[0]].shape.columns() / 2; }
  constexpr bool is_sum_of_two(int i) const {
    const Node& node = graph_[i];
    if (node.function != &ops::add || !is_scatter(node.inputs[0]) || !is_scatter(node.inputs[1])) return false;
    return values_of(node.inputs[0]) + values_of(node.inputs[1]) <= most_kept_values;
  }

  constexpr int append(Node node, int columns) {
    node.shape = shape_of(batch, columns);
    return copy_.append(node);
  }
  /// The values, or the columns, that a sparse row has.
  constexpr int half(int i, bool second) {
    const int columns = graph_[i].shape.columns() / 2;
    Node region;
    region.op = Op::region;
    region.label = graph_[i].label;
    region.inputs[0] = copy_.to[i];
    if (second) region.offset.set(0, columns);
    return append(region, columns);
  }
  constexpr int side_by_side(int a, int b, int c, const Label& label) {
    Node both;
    both.op = Op::concat;
    both.label = label;
    both.attribute = Axis{0};
    int columns = 0;
    for (const int part : {a, b, c})
      if (part >= 0) columns += copy_.graph.nodes.data()[part].shape.columns();
    both.inputs[0] = a;
    both.inputs[1] = b;
    both.inputs[2] = c;
    return append(both, columns);
  }
  constexpr int joined_rows(int a, int b) {
    const Label& label = graph_[a].label;
    const int values = side_by_side(half(a, false), half(b, false), -1, label);
    return side_by_side(values, half(a, true), half(b, true), label);
  }
  constexpr int joined(int i) {
    const Node &a = graph_[graph_[i].inputs[0]], &b = graph_[graph_[i].inputs[1]];
    Node scatter = a;
    scatter.shape = graph_[i].shape;
    scatter.inputs[0] = joined_rows(a.inputs[0], b.inputs[0]);
    scatter.inputs[1] = joined_rows(a.inputs[1], b.inputs[1]);
    return copy_.append(scatter);
  }

  GraphView graph_;
  Copy copy_;
};

}  // namespace detail

/// Products with rows that a sparse_scatter has made, without the zeros:
///
///     scatter(s) + scatter(t)  → scatter(s and t), of which all that follows can be made
///     scatter(s) · W           → the k rows of W that s names, for each sample
///     scatter(s)ᵀ · g, xᵀ · scatter(s)  → a gradient of weights, in which each sample touches k rows or columns
///     gather(g · Wᵀ, s)        → k products of two rows for each sample
///     Σ scatter(s), Σ (scatter(s) · W)  → sums over the batch, of what there is
///
/// Bits stay the same for finite values, but for the third and the last, whose sums are in another order. A
/// product with transposed weights (`tied`) is left as it is, since their columns are no rows. Cost: linear in the
/// nodes.
constexpr Graph use_sparsity(Graph graph) {
  if (!detail::has_any(graph, {Op::sparse_scatter})) return graph;
  return detail::SparseProducts(detail::JoinedRows(graph).run()).run();
}

}  // namespace isthmus::plan
