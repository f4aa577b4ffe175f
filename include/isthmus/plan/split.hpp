// Cuts a declared model at its bottleneck. That the cut separates the two sides was checked at the declaration.
#pragma once

#include <isthmus/plan/simplify.hpp>

namespace isthmus::plan {
namespace detail {

/// Replaces a sink by an empty node, so that the other nodes keep their numbers until remove_dead drops unused
/// ones.
constexpr void kill(Node& sink) { sink = Node{}; }

}  // namespace detail

/// The encoder as a graph of its own: the model's input → output `code`, and what is declared to go beside it.
constexpr Graph encoder_graph(GraphView declared) {
  Graph graph;
  int count = 0;
  const int code = find_only(declared, Op::bottleneck, count);
  for (int i = 0; i < declared.size; ++i) {
    const Node& node = declared[i];
    graph.nodes.push_back(node);
    if (is_sink(node.op) && node.op != Op::side_output && (node.op == Op::output || i > code))
      detail::kill(graph.nodes.back());
  }
  if (code < 0) return remove_dead(graph);
  Node output;
  output.op = Op::output;
  output.inputs[0] = code;
  output.shape = declared[code].shape;
  output.label.layer = "code";
  graph.nodes.push_back(output);
  return remove_dead(graph);
}

/// The graph without what the encoder gives beside the code.
constexpr Graph without_side_outputs(GraphView declared) {
  Graph graph;
  for (const Node& node : declared) {
    graph.nodes.push_back(node);
    if (node.op == Op::side_output) detail::kill(graph.nodes.back());
  }
  return remove_dead(graph);
}

/// The corruption that training applies to the data before the first layer, as a graph of its own: the model's
/// input → output `corrupted`. Without corruption it is the input.
constexpr Graph corruption_graph(GraphView declared) {
  Graph graph;
  int input = -1, corrupted = -1;
  // The nodes that are computed from the input by elementwise operations and corruptions alone.
  std::vector<char> near(static_cast<std::size_t>(declared.size), char{0});
  for (int i = 0; i < declared.size; ++i) {
    const Node& node = declared[i];
    if (node.op == Op::input) input = i, near.data()[i] = 1;
    const int first = node.inputs[node.op == Op::by_mode ? 1 : 0];  // The operand that a corruption corrupts.
    if (first >= 0 && near.data()[first] != 0 &&
        (node.op == Op::elementwise || node.op == Op::by_mode || node.op == Op::reshape))
      near.data()[i] = 1;
    const bool corrupts = node.op == Op::by_mode && node.attribute.as<Mode>() == Mode::corruption;
    // Clipping belongs to the corruption that it follows; a layer of weights ends the search.
    const bool clips =
        corrupted >= 0 && first == corrupted && (node.function == &ops::maximum || node.function == &ops::minimum);
    if ((corrupts && near.data()[i] != 0) || clips) corrupted = i;
    if (!is_sink(node.op)) graph.nodes.push_back(node);
    else graph.nodes.push_back(Node{});
  }
  if (input < 0) return graph;
  Node output;
  output.op = Op::output;
  output.inputs[0] = corrupted < 0 ? input : corrupted;
  output.shape = declared[output.inputs[0]].shape;
  output.label.layer = "corrupted";
  graph.nodes.push_back(output);
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
    if (node.op == Op::side_output) detail::kill(copy);
    graph.nodes.push_back(copy);
  }
  return remove_dead(graph);
}

}  // namespace isthmus::plan
