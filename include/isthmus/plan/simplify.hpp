// Graph → Graph: constants are folded, algebra that is exact is done, equal nodes become one, and what no sink
// needs is dropped. Each pass is linear in the nodes (a hash table finds equal nodes).
#pragma once

#include <isthmus/array.hpp>
#include <isthmus/builder.hpp>

#include <bit>
#include <vector>

namespace isthmus::plan {

/// Drops every node that no sink depends on, but for parameters that are retained.
constexpr Graph remove_dead(Graph&& graph) {
  const int count = static_cast<int>(graph.nodes.size());
  Node* const nodes = graph.nodes.data();
  Array<int> index(count, -1);
  int* const to = index.data();
  int living = 0;
  for (int i = count - 1; i >= 0; --i) {
    const Node& node = nodes[i];
    if (to[i] < 0 && !is_sink(node.op) && !node.retained) continue;
    to[i] = 0;
    ++living;
    for (int k = 0; k < 3; ++k)
      if (node.inputs[k] >= 0) to[node.inputs[k]] = 0;
  }
  if (living < count) {
    int next = 0;
    for (int i = 0; i < count; ++i) {
      if (to[i] < 0) continue;
      Node& node = nodes[next];
      if (next < i) node = nodes[i];
      for (int k = 0; k < 3; ++k)
        if (node.inputs[k] >= 0) node.inputs[k] = to[node.inputs[k]];
      to[i] = next++;
    }
    graph.nodes.resize(static_cast<std::size_t>(living));
  }
  return static_cast<Graph&&>(graph);
}
constexpr Graph remove_dead(GraphView graph) { return remove_dead(copy_of(graph)); }

namespace detail {

/// Rewrites node by node. `nodes` is the new graph so far; each rewrite looks at a node whose inputs are
/// already rewritten, and answers with an existing node or appends one.
class Simplifier {
 public:
  constexpr explicit Simplifier(int size) {
    std::uint32_t buckets = 64;
    while (buckets < 2u * static_cast<std::uint32_t>(size)) buckets *= 2;
    table_ = Array<int>(static_cast<int>(buckets), -1);
    mask_ = buckets - 1;
    graph_.nodes.reserve(static_cast<std::size_t>(size));
  }

  constexpr int add(Node& node) {
    const Node* const at = graph_.nodes.data();
    const Op op = node.op;
    if (op == Op::bottleneck) return node.inputs[0];
    if (op == Op::elementwise) {
      // A formula may be one of its operands as it is.
      const FormulaSteps steps = node.function->formula();
      if (steps.count > 0 && steps.result < 3 && at[node.inputs[steps.result]].shape == node.shape)
        return node.inputs[steps.result];
      drop_broadcasts(node, at);
      const int known = rewrite(node, at);
      if (known >= 0) return known;
    } else if (op == Op::transpose) {
      if (at[node.inputs[0]].op == Op::transpose) return at[node.inputs[0]].inputs[0];
    } else if (op == Op::matmul) {
      if (at[node.inputs[0]].op == Op::transpose) {
        node.inputs[0] = at[node.inputs[0]].inputs[0];
        node.transpose_a = !node.transpose_a;
      }
      if (at[node.inputs[1]].op == Op::transpose) {
        node.inputs[1] = at[node.inputs[1]].inputs[0];
        node.transpose_b = !node.transpose_b;
      }
    } else if (op == Op::reshape) {
      if (at[node.inputs[0]].op == Op::reshape) node.inputs[0] = at[node.inputs[0]].inputs[0];
      if (at[node.inputs[0]].shape == node.shape) return node.inputs[0];
    } else if (op == Op::region) {
      const int whole = simplify_region(node, at);
      if (whole >= 0) return whole;
    } else if (op == Op::permute) {
      if (at[node.inputs[0]].op == Op::permute) join_permutations(node, at[node.inputs[0]]);
      if (node.attribute == same_order) return node.inputs[0];
    } else if (op == Op::broadcast || op == Op::sum_to) {
      if (at[node.inputs[0]].shape == node.shape) return node.inputs[0];
    }
    return find_or_append(node);
  }

  constexpr Graph take() { return static_cast<Graph&&>(graph_); }

 private:
  constexpr int number(float value) {
    Node node;
    node.value = value;
    return find_or_append(node);
  }

  // An elementwise operation broadcasts by itself: an operand need not be repeated first, as long as another
  // operand still has the full shape.
  static constexpr void drop_broadcasts(Node& node, const Node* at) {
    for (int k = 0; k < 3 && node.inputs[k] >= 0; ++k) {
      if (at[node.inputs[k]].op != Op::broadcast) continue;
      for (int other = 0; other < 3 && node.inputs[other] >= 0; ++other) {
        if (other == k || !(at[node.inputs[other]].shape == node.shape)) continue;
        node.inputs[k] = at[node.inputs[k]].inputs[0];
        break;
      }
    }
  }

  static constexpr bool lies_within(const Node& region, const Shape& operand) {
    const int first = operand.has_batch() ? 1 : 0;
    for (int d = first; d < operand.rank; ++d) {
      const int start = region.offset[d - first];
      if (start < 0 || start + region.shape.dim[d] > operand.dim[d]) return false;
    }
    return true;
  }

  // A region of one part of a concat is one of that part; one that lies within a region is one of that one's
  // operand; a region that is all of its operand is the operand. -1 if the node stays.
  static constexpr int simplify_region(Node& node, const Node* at) {
    while (at[node.inputs[0]].op == Op::concat) {
      const Node& parts = at[node.inputs[0]];
      const int axis = static_cast<int>(parts.attribute.as<Axis>()), first = parts.shape.has_batch() ? 1 : 0;
      const int start = node.offset[axis];
      int part = -1, before = 0;
      for (int k = 0; k < 3 && parts.inputs[k] >= 0; ++k) {
        const int size = at[parts.inputs[k]].shape.dim[first + axis];
        if (start >= before && start + node.shape.dim[first + axis] <= before + size) {
          part = parts.inputs[k];
          break;
        }
        before += size;
      }
      if (part < 0) break;
      node.offset.set(axis, start - before);
      node.inputs[0] = part;
    }
    while (at[node.inputs[0]].op == Op::region && lies_within(node, at[node.inputs[0]].shape)) {
      const Node& inner = at[node.inputs[0]];
      for (int d = 0; d < Shape::most_of_sample; ++d) node.offset.set(d, node.offset[d] + inner.offset[d]);
      node.inputs[0] = inner.inputs[0];
    }
    return node.offset == Offset{} && at[node.inputs[0]].shape == node.shape ? node.inputs[0] : -1;
  }

  static constexpr void join_permutations(Node& node, const Node& first) {
    int both[Shape::most_of_sample] = {};
    for (int d = 0; d < Shape::most_of_sample; ++d)
      both[d] = dimension_of(first.attribute.as<Permutation>(), dimension_of(node.attribute.as<Permutation>(), d));
    node.attribute = permutation_of(both);
    node.inputs[0] = first.inputs[0];
  }

  // Exact algebra; -1 if the node stays. x·0 is left alone: it is not 0 for every x.
  constexpr int rewrite(Node& node, const Node* at) {
    const int a = node.inputs[0], b = node.inputs[1];
    const Elementwise* const function = node.function;
    const bool two = b >= 0 && node.inputs[2] < 0;
    const bool a_is_number = at[a].op == Op::constant, b_is_number = b >= 0 && at[b].op == Op::constant;
    if (a_is_number || b_is_number) {
      const double x = at[a].value, y = b < 0 ? 0.0 : at[b].value;
      if (node.shape.rank == 0 && a_is_number && (b < 0 || (two && b_is_number))) {
        if (function == &ops::negate) return number(static_cast<float>(-x));
        if (function == &ops::add) return number(static_cast<float>(x + y));
        if (function == &ops::subtract) return number(static_cast<float>(x - y));
        if (function == &ops::multiply) return number(static_cast<float>(x * y));
        if (function == &ops::divide && y != 0) return number(static_cast<float>(x / y));
      }
      const bool a_changes_nothing =
          a_is_number && ((x == 1 && function == &ops::multiply) || (x == 0 && function == &ops::add));
      if (a_changes_nothing && at[b].shape == node.shape) return b;
      const bool b_changes_nothing =
          b_is_number && ((y == 1 && (function == &ops::multiply || function == &ops::divide)) ||
                          (y == 0 && (function == &ops::add || function == &ops::subtract)));
      if (b_changes_nothing && at[a].shape == node.shape) return a;
    }
    if (function == &ops::negate) {
      if (at[a].function == &ops::negate) return at[a].inputs[0];
    } else if (function == &ops::add) {
      if (at[b].function == &ops::negate) {
        node.function = &ops::subtract;
        node.inputs[1] = at[b].inputs[0];
      }
    } else if (function == &ops::select) {
      if (node.inputs[1] == node.inputs[2] && at[b].shape == node.shape) return b;
    }
    // Operands of commutative operations have one order, so that equal nodes are found.
    if (node.function->row.commutes && node.inputs[0] > node.inputs[1]) {
      const int first = node.inputs[0];
      node.inputs[0] = node.inputs[1];
      node.inputs[1] = first;
    }
    return -1;
  }

  static constexpr bool is_shared(Op op) {
    return !is_sink(op) && op != Op::input && op != Op::parameter && op != Op::state && op != Op::random;
  }

  constexpr int find_or_append(const Node& node) {
    const int id = static_cast<int>(graph_.nodes.size());
    if (is_shared(node.op)) {
      std::uint32_t slot = hash(node) & mask_;
      int* const table = table_.data();
      const Node* const at = graph_.nodes.data();
      for (; table[slot] >= 0; slot = (slot + 1) & mask_)
        if (equal(at[table[slot]], node)) return table[slot];
      table[slot] = id;
    }
    graph_.nodes.push_back(node);
    return id;
  }

  // Small numbers: a compiler keeps every large one that it has met.
  static constexpr std::uint32_t hash(const Node& n) {
    return static_cast<std::uint32_t>(n.inputs[0] + 31 * n.inputs[1] + 7 * n.inputs[2] + static_cast<int>(n.op));
  }

  static constexpr bool equal(const Node& a, const Node& b) {
    if (a.inputs[0] != b.inputs[0] || a.inputs[1] != b.inputs[1] || a.op != b.op || a.function != b.function ||
        a.inputs[2] != b.inputs[2] ||
        std::bit_cast<std::uint32_t>(a.value) != std::bit_cast<std::uint32_t>(b.value))
      return false;
    // The operands say all of it.
    if (a.op == Op::elementwise) return true;
    return a.row_operation == b.row_operation && a.initializer == b.initializer && a.attribute == b.attribute &&
           a.transpose_a == b.transpose_a && a.transpose_b == b.transpose_b && a.window == b.window &&
           a.offset == b.offset && a.reversed == b.reversed && a.pooled == b.pooled &&
           a.algorithm == b.algorithm && a.shape == b.shape;
  }

  Graph graph_;
  Array<int> table_;
  std::uint32_t mask_ = 0;
};

}  // namespace detail

/// Operations that copy values of their operands, wherever these lie in memory.
constexpr bool moves_values(Op op) { return op == Op::region || op == Op::concat || op == Op::permute; }

/// Operations that read pixels of an image in their own order.
constexpr bool reads_image(Op op) {
  return is_convolution(op) || op == Op::reshape || op == Op::max_pool || op == Op::max_unpool ||
         op == Op::max_gather || op == Op::resample;
}

/// Operations that read panels of sparse rows, or by them.
constexpr bool reads_sparse_rows(Op op) { return op >= Op::top_k && op <= Op::sparse_outer; }

/// Constants, algebra and common subexpressions, then dead nodes.
constexpr Graph simplify(GraphView graph) {
  detail::Simplifier simplifier(graph.size);
  Array<int> index(graph.size);
  int* const to = index.data();
  for (int i = 0; i < graph.size; ++i) {
    Node node = graph.nodes[i];
    for (int k = 0; k < 3; ++k)
      if (node.inputs[k] >= 0) node.inputs[k] = to[node.inputs[k]];
    to[i] = simplifier.add(node);
  }
  return remove_dead(simplifier.take());
}

/// Makes explicit what the kernels take for granted, so that it is planned, shared and scheduled like everything
/// else: what a product or an operation on images reads lies in panels (the caller's row-major input is copied
/// first, once for all its readers, but for images of one channel, which are rows anyway), a product's right
/// operand lies untransposed, a sum is over rows or over columns, and its operand is computed in a loop (a leaf,
/// a recurrence, or what comes from other processes, is copied by one).
constexpr Graph legalize(GraphView graph) {
  Graph result;
  result.nodes.reserve(2 * static_cast<std::size_t>(graph.size));
  Array<int> index(graph.size), transposed(graph.size, -1);
  int* const to = index.data();
  const auto append = [&](Op op, int old_id, Shape shape) {
    Node node;
    node.op = op;
    node.inputs[0] = to[old_id];
    node.shape = shape;
    node.label = graph.nodes[old_id].label;
    result.nodes.push_back(node);
    return static_cast<int>(result.nodes.size()) - 1;
  };
  Array<bool> multiplied(graph.size);
  for (const Node& node : graph)
    for (int k = 0; k < 3 && node.inputs[k] >= 0; ++k)
      if ((node.op == Op::matmul && k < 2) || node.op == Op::batched_matmul || node.op == Op::rows ||
          reads_sparse_rows(node.op) || is_recurrence(node.op) ||
          ((moves_values(node.op) || node.op == Op::gather) && graph[node.inputs[k]].op == Op::one_hot) ||
          (node.op == Op::scatter && k == 1) || (reads_image(node.op) && !graph[node.inputs[k]].shape.is_flat()))
        multiplied[node.inputs[k]] = true;
  for (int i = 0; i < graph.size; ++i) {
    Node node = graph.nodes[i];
    const int left = node.inputs[0], right = node.inputs[1];
    for (int k = 0; k < 3; ++k)
      if (node.inputs[k] >= 0) node.inputs[k] = to[node.inputs[k]];
    if (node.op == Op::matmul && node.transpose_b) {
      int& known = transposed[right];
      const Shape& shape = graph.nodes[right].shape;
      if (known < 0) known = append(Op::transpose, right, shape_of(shape.dim[1], shape.dim[0]));
      node.inputs[1] = known;
      node.transpose_b = false;
    }
    if (node.op == Op::sum_to && (is_leaf(graph.nodes[left].op) || graph.nodes[left].op == Op::all_reduce ||
                                  is_recurrence(graph.nodes[left].op)))
      node.inputs[0] = append(Op::broadcast, left, graph.nodes[left].shape);
    // A sum over rows and columns to a tensor of one element is two sums.
    if (node.op == Op::sum_to && node.shape.rank > 0) {
      const Shape from = graph.nodes[left].shape;
      const bool sums_rows =
          from.has_batch() ? !node.shape.has_batch() : from.rows_per_sample() != node.shape.rows_per_sample();
      if (sums_rows && from.columns() != node.shape.columns()) {
        Node columns = node;
        columns.shape = shape_of(from.columns());
        result.nodes.push_back(columns);
        node.inputs[0] = static_cast<int>(result.nodes.size()) - 1;
      }
    }
    result.nodes.push_back(node);
    to[i] = static_cast<int>(result.nodes.size()) - 1;
    const bool lies_elsewhere = node.op == Op::input || node.op == Op::one_hot;
    if (lies_elsewhere && multiplied[i]) to[i] = append(Op::broadcast, i, node.shape);
  }
  return result;
}

}  // namespace isthmus::plan
