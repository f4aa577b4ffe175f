// Cuts a declared model at its bottleneck. That the cut separates the two sides was checked at the declaration.
#pragma once

#include <isthmus/plan/simplify.hpp>

namespace isthmus::plan {
namespace detail {

/// Replaces a sink by an empty node, so that the other nodes keep their numbers until remove_dead drops unused
/// ones.
constexpr void kill(Node& sink) { sink = Node{}; }

/// The graph without those side outputs that are the decoder's, or without those that are not.
constexpr Graph without_side_outputs(GraphView declared, bool of_decoder) {
  const std::vector<char> behind = behind_the_codes(declared);
  Graph graph = copy_of(declared);
  for (int i = 0; i < declared.size; ++i)
    if (declared[i].op == Op::side_output && (behind.data()[i] != 0) == of_decoder) kill(graph.nodes.data()[i]);
  return graph;
}

}  // namespace detail

/// The encoder as a graph of its own: the model's inputs → the first code as its output, further codes and what is
/// declared to go beside them as side outputs.
constexpr Graph encoder_graph(GraphView declared) {
  Graph graph = detail::without_side_outputs(declared, true);
  const std::vector<char> behind = behind_the_codes(declared);
  bool has_output = false;
  for (int i = 0; i < declared.size; ++i) {
    Node& node = graph.nodes.data()[i];
    if (node.op == Op::output || (node.op == Op::assign && behind.data()[node.inputs[1]] != 0)) detail::kill(node);
    if (declared[i].op != Op::bottleneck) continue;
    Node output;
    output.op = has_output ? Op::side_output : Op::output;
    output.inputs[0] = i;
    output.shape = declared[i].shape;
    output.label.layer = name_of_code(declared[i]);
    graph.nodes.push_back(output);
    has_output = true;
  }
  return remove_dead(graph);
}

/// The model as it is used: without what the encoder gives beside the code.
constexpr Graph whole_graph(GraphView declared) {
  return remove_dead(detail::without_side_outputs(declared, false));
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
    if (input < 0 && is_port(node, PortKind::data)) input = i, near.data()[i] = 1;
    const int first = node.inputs[node.op == Op::by_mode ? 1 : 0];  // The operand that a corruption corrupts.
    if (first >= 0 && near.data()[first] != 0 &&
        (node.op == Op::elementwise || node.op == Op::by_mode || node.op == Op::reshape))
      near.data()[i] = 1;
    const bool corrupts = node.op == Op::by_mode && node.attribute.as<Mode>() == Mode::corruption;
    // Clipping belongs to the corruption that it follows; a layer of weights ends the search.
    const bool clips =
        corrupted >= 0 && first == corrupted && (node.function == &ops::maximum || node.function == &ops::minimum);
    if ((corrupts && near.data()[i] != 0) || clips) corrupted = i;
    if (!is_sink(node.op) && !is_input_of_a_loss(node)) graph.nodes.push_back(node);
    else graph.nodes.push_back(Node{});
    graph.nodes.back().retained = false;
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

/// The decoder as a graph of its own: the codes as inputs, and conditions → the model's outputs.
constexpr Graph decoder_graph(GraphView declared) {
  Graph graph = detail::without_side_outputs(declared, false);
  for (Node& node : graph.nodes) {
    if (node.op != Op::bottleneck) continue;
    Node code;
    code.op = Op::input;
    code.attribute = PortKind::data;
    code.shape = node.shape;
    code.label.layer = name_of_code(node);
    node = code;
  }
  return remove_dead(static_cast<Graph&&>(graph));
}

}  // namespace isthmus::plan
