// Cuts a declared model at its bottleneck. That the cut separates the two sides was checked at the declaration.
#pragma once

#include <isthmus/plan/simplify.hpp>

namespace isthmus::plan {

/// The encoder as a graph of its own: the model's input → output `code`.
constexpr Graph encoder_graph(GraphView declared) {
  Graph graph;
  for (const Node& node : declared) {
    if (node.op == Op::output) continue;
    graph.nodes.push_back(node);
    if (node.op != Op::bottleneck) continue;
    Node output;
    output.op = Op::output;
    output.inputs[0] = static_cast<int>(graph.nodes.size()) - 1;
    output.shape = node.shape;
    output.label.layer = "code";
    graph.nodes.push_back(output);
    break;
  }
  return remove_dead(graph);
}

/// The decoder as a graph of its own: input `code` → the model's outputs.
constexpr Graph decoder_graph(GraphView declared) {
  Graph graph;
  for (const Node& node : declared) {
    Node copy = node;
    if (node.op == Op::bottleneck) {
      copy = Node{};
      copy.op = Op::input;
      copy.shape = node.shape;
      copy.label.layer = "code";
    }
    graph.nodes.push_back(copy);
  }
  return remove_dead(graph);
}

}  // namespace isthmus::plan
