// One word applied to an image: what it writes.
#pragma once

#include "declare/mistakes.hpp"

namespace isthmus::testing {

/// The graph of a layer applied to an input `x`, the layer's result in it, and its first mistake.
struct Written {
  Graph graph;
  int result = -1;
  Diagnostic diagnostic;

  constexpr const Node& node() const { return graph.nodes.data()[result]; }
  /// The only node of this operation.
  constexpr const Node& only(Op op) const {
    int count = 0;
    const int found = find_only(graph, op, count);
    return graph.nodes.data()[count == 1 ? found : -1];
  }
  constexpr int count(Op op) const {
    int count = 0;
    find_only(graph, op, count);
    return count;
  }
  /// The parameter of this part.
  constexpr const Node& parameter(const char* part) const {
    int found = -1;
    const GraphView g = graph;
    for (int i = 0; i < g.size; ++i)
      if (g[i].op == Op::parameter && same_text(g[i].label.part, part)) found = i;
    return graph.nodes.data()[found];
  }
};

template <int... Dims, class Layer>
constexpr Written write(Layer layer) {
  Scope g;
  const Tensor y = layer(g.input<Dims...>("x"));
  return {g.graph(), y.id, g.diagnostic()};
}

/// [height, width, channels] of what a layer makes of an input; zeros after a mistake.
template <int... Dims, class Layer>
constexpr Shape shape_after(Layer layer) {
  const Written written = write<Dims...>(layer);
  return written.diagnostic ? Shape{} : written.node().shape;
}

constexpr bool starts(const Node& node, const Initializer& initializer, float value = 0) {
  return node.initializer == &initializer && node.value == value;
}

/// A sequence of one layer as a layer, as a function of a tensor, and by `|` writes the same.
template <int... Dims, class Layer, class Function>
constexpr bool same_in_all_notations(Layer layer, Function function) {
  const auto by_bar = [layer](Tensor x) { return x | layer; };
  const Written a = write<Dims...>(layer), b = write<Dims...>(function), c = write<Dims...>(by_bar);
  return same_graph(a.graph, b.graph) && same_graph(a.graph, c.graph) && !a.diagnostic && a.result == b.result;
}

}  // namespace isthmus::testing
