// Reverse mode: a scalar in, its gradients out, as more nodes of the same graph.
#pragma once

#include <isthmus/differentiate/rules.hpp>

#include <vector>

namespace isthmus::differentiate {

/// The nodes on which the loss depends smoothly: those that get a gradient, if they depend on a source.
/// Cost: linear in the nodes.
constexpr std::vector<char> reached_from(GraphView graph, int loss) {
  std::vector<char> reached(static_cast<std::size_t>(graph.size), char{0});
  reached.data()[loss] = 1;
  for (int i = loss; i >= 0; --i)
    for (int k = 0; k < 3 && reached.data()[i] != 0; ++k)
      if (graph[i].inputs[k] >= 0 && has_gradient(graph[i], k)) reached.data()[graph[i].inputs[k]] = 1;
  return reached;
}

/// A contribution as one of the operand's shape: repeated, or summed over what the operand repeats.
constexpr Tensor fitted(Builder& b, const Node& node, Tensor contribution, const Shape& operand) {
  const Shape found = contribution.shape();
  if (found == operand) return contribution;
  bool fits = true;
  const Shape both = broadcast_shape(found, operand, fits);
  if (fits && found.rank < operand.rank && both == operand) return b.broadcast(contribution, operand);
  if (!fits || !(both == found)) {
    const char* const name = is_elementwise(node)            ? node.function->row.name
                             : node.row_operation != nullptr ? node.row_operation->name
                                                             : node.label.layer;
    b.diagnostic().record(Mistake::gradient_shape_differs, name, found, operand);
  }
  return b.sum_to(contribution, operand);
}

/// Writes the gradients of the scalar `loss` with respect to `sources` and returns them in that order, each
/// of its source's shape. A source that the loss does not depend on gets a broadcast zero.
/// Cost: one rule per edge between a source and the loss.
constexpr std::vector<Tensor> gradients(Tensor loss, const std::vector<Tensor>& sources) {
  Builder& b = *loss.builder;
  const int count = loss.id + 1;
  // Only nodes that depend on a source carry a gradient.
  std::vector<char> depends(static_cast<std::size_t>(count), char{0});
  char* const active = depends.data();
  for (const Tensor& source : sources)
    if (source.id < count) active[source.id] = 1;
  for (int i = 0; i < count; ++i) {
    const Node& node = b[i];
    for (int k = 0; k < 3; ++k)
      if (node.inputs[k] >= 0 && active[node.inputs[k]] != 0 && has_gradient(node, k)) active[i] = 1;
  }
  std::vector<int> gradient(static_cast<std::size_t>(count), -1);
  int* const of = gradient.data();
  const char* const outer_layer = b.layer();
  if (active[loss.id] != 0) of[loss.id] = b.constant(1.0f).id;
  for (int i = loss.id; i >= 0; --i) {
    if (of[i] < 0 || active[i] == 0) continue;
    const Node node = b[i];
    b.in_layer(node.label.layer);
    for (int k = 0; k < 3; ++k) {
      const int to = node.inputs[k];
      if (to < 0 || active[to] == 0 || !has_gradient(node, k)) continue;
      const Shape operand = b[to].shape;  // Nodes move when more of them are written.
      const Tensor c = fitted(b, node, contribution(b, i, k, b.tensor(of[i])), operand);
      of[to] = of[to] < 0 ? c.id : (b.tensor(of[to]) + c).id;
    }
  }
  b.in_layer(outer_layer);
  std::vector<Tensor> result;
  for (const Tensor& source : sources) {
    const int found = source.id < count ? of[source.id] : -1;
    result.push_back(found >= 0 ? b.tensor(found) : b.broadcast(b.constant(0.0f), source.shape()));
  }
  return result;
}

}  // namespace isthmus::differentiate
