// Graph → Graph: one process's training step becomes that of one of many, each with its own share of every batch.
//
// Each process computes its share's part of every sum over the batch, and an all_reduce behind it makes the whole
// of it. Everything else is either of single samples, or of what all processes have alike. The step is thus the
// same as that of one process with the whole batch, up to the order of additions, for every model: means, the
// statistics of a batch norm, mean activations, the gradient's norm and the loss are those of the whole batch.
//
// It comes after differentiation, which does not know all_reduce: a gradient is a sum over the batch as any other.
#pragma once

#include <isthmus/plan/simplify.hpp>

#include <stdexcept>

namespace isthmus::plan {

/// A bucket is complete when it has so many bytes: large enough that a message's latency does not count, small
/// enough that the first ones are on their way long before the last gradient is there.
inline constexpr std::int64_t bucket_bytes = 256 << 10;

namespace detail {

/// Whether this node adds up samples. A node of another kind that loses the batch cannot be distributed.
constexpr bool sums_over_batch(GraphView graph, const Node& node) {
  bool has_batch = false;
  for (int k = 0; k < 3 && node.inputs[k] >= 0; ++k)
    has_batch = has_batch || graph[node.inputs[k]].shape.has_batch();
  if (!has_batch || node.shape.has_batch() || is_sink(node.op)) return false;
  if (node.op != Op::sum_to && node.op != Op::matmul && node.op != Op::conv2d_weights && node.op != Op::scatter)
    throw std::logic_error("distribute: expected a sum wherever the batch ends");
  return true;
}

/// Linear, and thus the same before and after the sum over all processes.
constexpr bool is_linear(const Node& node) {
  return node.op == Op::elementwise ? node.function->row.is_additive
                                    : node.op == Op::transpose || node.op == Op::reshape || node.op == Op::permute;
}

/// The nodes that are one process's part of a sum: sums over the batch, and nodes that are linear in those alone,
/// as long as no other node reads them (a tied layer's two gradients are added before they are sent, not after).
constexpr std::vector<char> find_partial(GraphView graph) {
  std::vector<int> readers(static_cast<std::size_t>(graph.size), 0);
  for (const Node& node : graph)
    for (int k = 0; k < 3 && node.inputs[k] >= 0; ++k) ++readers.data()[node.inputs[k]];
  std::vector<char> partial(static_cast<std::size_t>(graph.size), char{0});
  for (int i = 0; i < graph.size; ++i) {
    const Node& node = graph[i];
    bool linear = is_linear(node);
    for (int k = 0; k < 3 && node.inputs[k] >= 0; ++k) {
      const int in = node.inputs[k];
      linear = linear && partial.data()[in] != 0 && readers.data()[in] == 1 &&
               graph[in].shape.elements_per_sample() == node.shape.elements_per_sample();
    }
    if (linear || sums_over_batch(graph, node)) partial.data()[i] = 1;
  }
  return partial;
}

/// Gives every all_reduce its bucket, in the order of the graph, which is the order of production. Those that
/// another one waits for are alone; the others wait for none of each other. Scalars are apart from arrays.
constexpr void fill_buckets(Graph& graph, std::int64_t bytes) {
  const int count = static_cast<int>(graph.nodes.size());
  Node* const nodes = graph.nodes.data();
  std::vector<char> waits(graph.nodes.size(), char{0});
  for (int i = count - 1; i >= 0; --i)
    for (int k = 0; k < 3 && nodes[i].inputs[k] >= 0; ++k)
      if (nodes[i].op == Op::all_reduce || waits.data()[i] != 0) waits.data()[nodes[i].inputs[k]] = 1;
  int next = 0, scalars = -1, arrays = -1;
  std::int64_t filled = 0;
  for (int i = 0; i < count; ++i) {
    if (nodes[i].op != Op::all_reduce) continue;
    if (waits.data()[i] != 0) {
      nodes[i].attribute = Bucket{next++};
    } else if (nodes[i].shape.rank == 0) {
      if (scalars < 0) scalars = next++;
      nodes[i].attribute = Bucket{scalars};
    } else {
      if (arrays < 0) arrays = next++;
      nodes[i].attribute = Bucket{arrays};
      filled += nodes[i].shape.elements_per_sample() * 4;
      if (filled >= bytes) arrays = -1, filled = 0;
    }
  }
}

}  // namespace detail

/// Puts an all_reduce behind every sum over the batch of a simplified training step, in buckets of about `bytes`.
/// HostScalar::batch_size is from then on the number of samples of all processes. Cost: linear in nodes and edges.
constexpr Graph distribute(GraphView graph, std::int64_t bytes = bucket_bytes) {
  const std::vector<char> partial = detail::find_partial(graph);
  std::vector<char> is_whole(static_cast<std::size_t>(graph.size), char{0});  // a node needs the sum over all
  for (int i = 0; i < graph.size; ++i) {
    if (partial.data()[i] != 0 && !detail::sums_over_batch(graph, graph[i])) continue;
    for (int k = 0; k < 3 && graph[i].inputs[k] >= 0; ++k) is_whole.data()[graph[i].inputs[k]] = 1;
  }
  Graph result;
  std::vector<int> index(static_cast<std::size_t>(graph.size), -1);
  int* const to = index.data();
  for (int i = 0; i < graph.size; ++i) {
    Node node = graph[i];
    for (int k = 0; k < 3 && node.inputs[k] >= 0; ++k) node.inputs[k] = to[node.inputs[k]];
    result.nodes.push_back(node);
    to[i] = static_cast<int>(result.nodes.size()) - 1;
    if (partial.data()[i] == 0 || is_whole.data()[i] == 0) continue;
    Node reduce;
    reduce.op = Op::all_reduce;
    reduce.inputs[0] = to[i];
    reduce.shape = node.shape;
    reduce.label = node.label;
    result.nodes.push_back(reduce);
    ++to[i];
  }
  detail::fill_buckets(result, bytes);
  return result;
}

}  // namespace isthmus::plan
