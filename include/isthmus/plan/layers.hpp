// A declared graph → its layers, as people think of it: what was written under one name, and what reads what.
#pragma once

#include <isthmus/builder.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace isthmus::plan {

/// The position of a layer in relation to the bottleneck.
enum class Side {
  encoder,  ///< the code, or what is given beside it, depends on it
  code,     ///< it ends in the bottleneck
  decoder,
};

/// Nodes under one name that follow each other. A name whose nodes do not is several layers: what is behind the
/// bottleneck, and where a skip connection joins the result of weights.
struct Layer {
  const char* name = "";
  Side side = Side::decoder;
  Shape shape = {};             ///< of its result
  std::int64_t parameters = 0;  ///< trained values that no layer before it reads
  std::vector<int> steps;       ///< the nodes from data to its result, in use; without the sum with a bias
  std::vector<int> inputs;      ///< the layers that it reads, in training or in use, in ascending order
  std::vector<int> shared;      ///< the parameters that a layer before it reads as well
};

namespace detail {

/// Sorts the nodes into layers, one after the other.
class LayerFinder {
 public:
  constexpr explicit LayerFinder(GraphView graph)
      : graph_(graph),
        layer_(static_cast<std::size_t>(graph.size), -1),
        owner_(layer_),
        behind_(behind_the_codes(graph)),
        facts_(static_cast<std::size_t>(graph.size), Facts{}) {}

  constexpr std::vector<Layer> take() {
    find_used();
    for (int i = 0; i < graph_.size; ++i) add(i);
    find_sides();
    drop_idle();
    return std::move(layers_);
  }

 private:
  /// The facts about a node's value: whether it is used, and the things that it depends on.
  struct Facts {
    bool used = false;      ///< in use, something
    bool data = false;      ///< the samples
    bool trained = false;   ///< trained parameters, and not the samples
    bool weighted = false;  ///< both, by the nodes of its own layer
  };

  static constexpr bool is_drawn(const Node& node) {
    return is_input(node) ? !is_input_of_a_loss(node) : !is_leaf(node.op) && !is_sink(node.op);
  }
  constexpr bool is_bias_sum(const Node& node) const {
    if (node.function != &ops::add) return false;
    return std::any_of(node.inputs, node.inputs + 2, [&](int input) {
      return is_parameter(graph_[input]) && same_text(graph_[input].label.part, "bias");
    });
  }
  constexpr Facts& facts(int node) { return facts_[static_cast<std::size_t>(node)]; }
  constexpr int& layer_of(int node) { return layer_[static_cast<std::size_t>(node)]; }

  /// Finds the nodes that are used outside training: without the first operand of by_mode, and without assigned
  /// values.
  constexpr void find_used() {
    for (int i = graph_.size - 1; i >= 0; --i) {
      const Node& node = graph_[i];
      if (is_sink(node.op) && node.op != Op::assign) facts(i).used = true;
      if (!facts(i).used) continue;
      for (int k = node.op == Op::by_mode ? 1 : 0; k < 3; ++k)
        if (node.inputs[k] >= 0) facts(node.inputs[k]).used = true;
    }
  }

  constexpr void add(int i) {
    const Node& node = graph_[i];
    facts(i).data = is_input(node);
    facts(i).trained = is_parameter(node) && node.trained;
    if (node.op == Op::side_output && behind_[static_cast<std::size_t>(node.inputs[0])] == 0)
      to_encoder(layer_of(node.inputs[0]));
    if (!is_drawn(node)) return;
    bool trained = false;
    for (const int input : node.inputs) {
      if (input < 0) continue;
      facts(i).data |= facts(input).data;
      trained |= facts(input).trained;
    }
    facts(i).trained = trained && !facts(i).data;
    const int at = layer_for(i);
    layer_of(i) = at;
    facts(i).weighted = facts(i).data && (trained || reads_weighted(node, at));
    append(i, layers_[static_cast<std::size_t>(at)], at);
  }

  constexpr bool reads_weighted(const Node& node, int layer) {
    return std::any_of(node.inputs, node.inputs + 3,
                       [&](int input) { return input >= 0 && layer_of(input) == layer && facts(input).weighted; });
  }

  /// The last layer of the node's name, if the node may join it, else a new one. No layer reads a later one.
  constexpr int layer_for(int i) {
    const Node& node = graph_[i];
    int last = static_cast<int>(layers_.size()) - 1;
    while (last >= 0 && !same_text(layers_[static_cast<std::size_t>(last)].name, node.label.layer)) --last;
    bool joins = last >= 0 && layers_[static_cast<std::size_t>(last)].side != Side::code;
    for (const int input : node.inputs) {
      if (!joins || input < 0) continue;
      const int from = layer_of(input);
      const bool skips =
          facts(i).used && from >= 0 && from != last && facts(input).data && reads_weighted(node, last);
      joins = from <= last && !skips;
    }
    if (joins) return last;
    layers_.emplace_back().name = node.label.layer;
    return static_cast<int>(layers_.size()) - 1;
  }

  constexpr void append(int i, Layer& layer, int at) {
    const Node& node = graph_[i];
    for (const int input : node.inputs) {
      if (input < 0) continue;
      if (is_parameter(graph_[input])) add_parameter(input, layer, at);
      const int from = layer_of(input);
      if (from >= 0 && from != at &&
          std::find(layer.inputs.begin(), layer.inputs.end(), from) == layer.inputs.end())
        layer.inputs.insert(std::upper_bound(layer.inputs.begin(), layer.inputs.end(), from), from);
    }
    if (is_bottleneck(node)) layer.side = Side::code;
    if (layer.shape.rank == 0 || (facts(i).used && facts(i).data)) layer.shape = node.shape;
    if (facts(i).used && facts(i).data && !is_bottleneck(node) && !is_bias_sum(node)) layer.steps.push_back(i);
  }

  constexpr void add_parameter(int parameter, Layer& layer, int at) {
    int& owner = owner_[static_cast<std::size_t>(parameter)];
    if (owner < 0) {
      owner = at;
      if (graph_[parameter].trained) layer.parameters += graph_[parameter].shape.elements_per_sample();
    } else if (owner != at &&
               std::find(layer.shared.begin(), layer.shared.end(), parameter) == layer.shared.end()) {
      layer.shared.push_back(parameter);
    }
  }

  constexpr void find_sides() {
    for (std::size_t i = layers_.size(); i-- > 0;) {
      if (layers_[i].side == Side::decoder) continue;
      for (const int input : layers_[i].inputs) to_encoder(input);
    }
  }
  /// Leaves out layers that do nothing in use and have no parameters, such as what draws a mask for training.
  constexpr void drop_idle() {
    std::vector<int> place(layers_.size(), -1);
    std::vector<Layer> kept;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      Layer& layer = layers_[i];
      if (layer.steps.empty() && layer.parameters == 0 && layer.side != Side::code) continue;
      std::vector<int> inputs;
      for (const int input : layer.inputs)
        if (const int at = place[static_cast<std::size_t>(input)]; at >= 0) inputs.push_back(at);
      layer.inputs = std::move(inputs);
      place[i] = static_cast<int>(kept.size());
      kept.push_back(std::move(layer));
    }
    layers_ = std::move(kept);
  }
  constexpr void to_encoder(int layer) {
    Side& side = layers_[static_cast<std::size_t>(layer)].side;
    if (side == Side::decoder) side = Side::encoder;
  }

  GraphView graph_;
  std::vector<int> layer_;    ///< of each node; -1: none
  std::vector<int> owner_;    ///< of each parameter: the first layer that reads it
  std::vector<char> behind_;  ///< of each node: it is the decoder's
  std::vector<Facts> facts_;
  std::vector<Layer> layers_;
};

}  // namespace detail

/// The layers of a declared model, none before one that it reads. Each trained parameter that is read counts once.
constexpr std::vector<Layer> layers_of(GraphView declared) { return detail::LayerFinder(declared).take(); }

}  // namespace isthmus::plan
