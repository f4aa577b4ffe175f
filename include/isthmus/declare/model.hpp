// A whole model: what a user names, `static constexpr auto model = autoencoder(…)`, and its sizes.
#pragma once

#include <isthmus/declare/layers.hpp>

#include <boost/hana/fold_left.hpp>
#include <boost/hana/for_each.hpp>
#include <boost/hana/tuple.hpp>

namespace isthmus {

/// A declared model: the forward graph from its inputs through the bottleneck to the output `reconstruction`, or
/// the first mistake that was made in it.
template <int Capacity>
struct Model {
  StaticGraph<Capacity> graph = {};
  Diagnostic diagnostic = {};

  /// Values per sample of the first input, the first code and the reconstruction.
  constexpr int input_size() const {
    const int first = first_port(graph, PortKind::data);
    return first < 0 ? 0 : static_cast<int>(graph.nodes[first].shape.elements_per_sample());
  }
  constexpr int code_size() const { return size_of(Op::bottleneck); }
  constexpr int output_size() const { return size_of(Op::output); }
  constexpr std::int64_t parameters() const { return parameter_count(graph); }

 private:
  constexpr int size_of(Op op) const {
    int count = 0;
    const int found = find_only(graph, op, count);
    return found < 0 ? 0 : static_cast<int>(graph.nodes[found].shape.elements_per_sample());
  }
};

namespace declare {

/// Records an input that is declared, but that the model does not read.
constexpr void check_inputs(Builder& b) {
  const GraphView graph = b.view();
  std::vector<char> is_read(static_cast<std::size_t>(graph.size), char{0});
  for (int i = graph.size - 1; i >= 0; --i) {
    const Node& node = graph[i];
    if (!is_sink(node.op) && is_read.data()[i] == 0) {
      if (node.op == Op::input && !node.retained)
        b.diagnostic().record(Mistake::input_is_not_read, node.label.layer, node.shape);
      continue;
    }
    for (int k = 0; k < 3 && node.inputs[k] >= 0; ++k) is_read.data()[node.inputs[k]] = 1;
  }
}

/// Records two codes of one name, and a code that is called as an input is: the decoder has both.
constexpr void check_names_of_codes(Builder& b) {
  const GraphView graph = b.view();
  for (int i = 0; i < graph.size; ++i) {
    if (!is_bottleneck(graph[i])) continue;
    const char* const name = name_of_code(graph[i]);
    for (int k = 0; k < i; ++k)
      if (is_bottleneck(graph[k]) && same_text(name_of_code(graph[k]), name))
        b.diagnostic().record(Mistake::two_bottlenecks, graph[i].label.layer, graph[k].shape, graph[i].shape);
    const int port = find_port(graph, name);
    if (port >= 0 && *graph[i].label.part != 0)
      b.diagnostic().record(Mistake::duplicate_name, name, graph[port].shape, graph[i].shape);
  }
}

/// For each node, whether the reconstruction, or a side output of the decoder, depends on it in a way that passes
/// no further code.
constexpr std::vector<char> leading_out(GraphView graph, const std::vector<char>& around) {
  std::vector<char> leads(static_cast<std::size_t>(graph.size), char{0});
  for (int i = graph.size - 1; i >= 0; --i) {
    const Node& node = graph[i];
    if (node.op == Op::output || (node.op == Op::side_output && around.data()[i] == 0)) leads.data()[i] = 1;
    if (leads.data()[i] == 0 || node.op == Op::bottleneck) continue;
    for (int k = 0; k < 3 && node.inputs[k] >= 0; ++k) leads.data()[node.inputs[k]] = 1;
  }
  return leads;
}

/// Checks what makes a model an autoencoder: data, a bottleneck or several, and no way around them but for
/// conditions. Cost: linear in the nodes.
constexpr void check_bottleneck(Builder& b) {
  const GraphView graph = b.view();
  Shape input_shape = {}, output_shape = {}, code_shape = {};
  int inputs = 0, bottlenecks = 0;
  const char* last_layer = "";
  const char* code_layer = "";
  for (const Node& node : graph) {
    if (is_port(node, PortKind::data) && ++inputs == 1) input_shape = node.shape;
    if (node.op == Op::output) output_shape = node.shape;
    if (node.op == Op::bottleneck && ++bottlenecks == 1) {
      code_shape = node.shape;
      code_layer = node.label.layer;
    }
    if (node.op != Op::output) last_layer = node.label.layer;
  }
  if (inputs == 0) b.diagnostic().record(Mistake::no_input, last_layer, {}, output_shape);
  if (bottlenecks == 0) b.diagnostic().record(Mistake::no_bottleneck, last_layer, input_shape, output_shape);
  check_names_of_codes(b);
  if (b.diagnostic()) return;
  const std::vector<char> around = around_the_codes(graph), behind = depending_on(graph, is_bottleneck);
  const std::vector<char> leads = leading_out(graph, around);
  for (int i = 0; i < graph.size; ++i) {
    const Node& node = graph[i];
    const bool is_code = node.op == Op::bottleneck;
    if (is_code && (around.data()[node.inputs[0]] == 0 || leads.data()[i] == 0))
      b.diagnostic().record(Mistake::bottleneck_is_not_on_the_way, node.label.layer, input_shape, output_shape);
    // An output that ignores the codes is no bypass: there is nothing to go around.
    if (node.op == Op::output && behind.data()[i] == 0)
      b.diagnostic().record(Mistake::bottleneck_is_not_on_the_way, code_layer, input_shape, output_shape);
    // The first node that both sides reach, on a way to the output, is where the bypass ends.
    if (around.data()[i] == 0 || leads.data()[i] == 0 || (behind.data()[i] == 0 && node.op != Op::output))
      continue;
    for (int k = 2; k >= 0; --k) {
      if (node.inputs[k] < 0 || around.data()[node.inputs[k]] == 0) continue;
      const Node& bypassing = graph[node.inputs[k]];
      b.diagnostic().record(Mistake::bottleneck_is_bypassed, bypassing.label.layer, bypassing.shape, code_shape,
                            node.label.layer);
    }
  }
}

template <int Capacity>
constexpr Model<Capacity> finish(Scope& scope) {
  check_bottleneck(scope);
  check_inputs(scope);
  check_missing_values(scope);
  Model<Capacity> model;
  if (scope.size() > Capacity) scope.mistake(Mistake::graph_too_large, shape_of(scope.size()), shape_of(Capacity));
  else model.graph = StaticGraph<Capacity>(scope.view());
  model.diagnostic = scope.diagnostic();
  return model;
}

enum class Side { encoder, bottleneck, decoder };

/// A part of the sequence notation: some layers, one after the other.
template <Side side, class Layers>
struct Part {
  Layers layers;
};

/// Room in the sequence notation for a user's own function of a tensor, which does not say how many nodes it
/// writes.
inline constexpr int most_nodes_of_a_function = 256;

template <class L>
constexpr int max_nodes_of() {
  if constexpr (requires { L::max_nodes; }) return L::max_nodes;
  else return most_nodes_of_a_function;
}
template <Side side, class... L>
constexpr int max_nodes_of_part(const Part<side, boost::hana::tuple<L...>>*) {
  return (max_nodes_of<L>() + ... + 1);
}

/// Takes any layer, and a name such as `tanh` that has several meanings, of which one is a function of a tensor.
struct AnyLayer {
  constexpr AnyLayer() = default;
  template <class L>
  constexpr AnyLayer(const L&) {}
  constexpr AnyLayer(Tensor (*)(Tensor)) {}
};
template <class>
inline constexpr bool is_a_layer = false;
/// A part of the sequence notation in which a name has several meanings: chosen where nothing else fits.
template <class Nothing>
constexpr auto refuse_ambiguous_name() {
  static_assert(is_a_layer<Nothing>,
                "isthmus: tanh, exp, sqrt, sin, cos and abs are functions of the C library as well: "
                "write them behind a layer, dense<8>(\"h\") | tanh");
  return Part<Side::encoder, boost::hana::tuple<>>{};
}

/// The names of a graph's layers, which must be string literals or constants. The lifetime of other strings ends
/// with the function that declares the model: the compiler then says that this is no constant expression.
template <int Count>
struct names_of_layers_must_be_string_literals {
  const char* name[Count > 0 ? Count : 1] = {};
};
template <int Count>
constexpr auto names_of(const Scope& scope) {
  names_of_layers_must_be_string_literals<Count> names;
  for (int i = 0; i < Count; ++i) names.name[i] = scope.layer_names()[static_cast<std::size_t>(i)];
  return names;
}

struct Trace {
  Scope* scope;
  Tensor last;
};

/// A function of the user's own that wrote more than there is room for; the expression notation has no such bound.
template <class L>
constexpr void require_room_for(Scope& scope, int nodes_before) {
  if constexpr (requires { L::max_nodes; }) return;
  const int written = scope.size() - nodes_before;
  if (written > most_nodes_of_a_function)
    scope.diagnostic().record(Mistake::function_too_large, scope[nodes_before].label.layer, shape_of(written),
                              shape_of(most_nodes_of_a_function));
}

/// Boost.Hana folds the layers, each of its own type, over the running tensor.
template <Side side, class Layers>
constexpr Trace apply_part(Trace trace, const Part<side, Layers>& part) {
  trace = boost::hana::fold_left(part.layers, trace, [](Trace t, const auto& layer) {
    const int before = t.scope->size();
    if constexpr (requires(Scope& s) { layer(s); }) {
      t.last = layer(*t.scope);
    } else {
      if (t.last.builder == nullptr) {  // No input yet: go on with something, the mistake is reported.
        t.last = static_cast<Builder*>(t.scope)->input("", shape_of(batch, 1));
        t.last = layer(t.last);
        t.scope->diagnostic().record(Mistake::no_input, t.last.node().label.layer, {}, t.last.shape());
      } else {
        t.last = layer(t.last);
      }
    }
    require_room_for<std::remove_cvref_t<decltype(layer)>>(*t.scope, before);
    return t;
  });
  if constexpr (side == Side::bottleneck)
    if (trace.last.builder != nullptr) trace.last = trace.scope->bottleneck(trace.last);
  return trace;
}

}  // namespace declare

/// The part of a model from the data to the code; its first word is `input<…>("name")`.
template <class... Layer>
constexpr auto encoder(Layer... layers) {
  using Tuple = boost::hana::tuple<Layer...>;
  return declare::Part<declare::Side::encoder, Tuple>{Tuple(layers...)};
}
template <class Nothing = void>
constexpr auto encoder(declare::AnyLayer, declare::AnyLayer = {}, declare::AnyLayer = {}, declare::AnyLayer = {},
                       declare::AnyLayer = {}, declare::AnyLayer = {}, declare::AnyLayer = {},
                       declare::AnyLayer = {}, declare::AnyLayer = {}, declare::AnyLayer = {},
                       declare::AnyLayer = {}, declare::AnyLayer = {}) {
  return declare::refuse_ambiguous_name<Nothing>();
}

/// The code, in the expression notation: this tensor is where the model is cut in two. A model may have several,
/// all but one with a name, which only together are all that goes from the encoder to the decoder: a code of the
/// whole and a finer one, say. One may be made from data and from others. The first one is the encoder's output,
/// the others are beside it, and the decoder's inputs, under their names.
constexpr Tensor bottleneck(Tensor code, const char* name) {
  const Tensor marked = code.builder->bottleneck(code);
  marked.builder->graph().nodes.back().label.part = name;
  return marked;
}

/// The code: its last layer's result is where the model is cut in two. On a tensor, in the expression
/// notation, marks that tensor as the code.
template <class First, class... Layer>
constexpr auto bottleneck(First first, Layer... layers) {
  if constexpr (std::is_same_v<First, Tensor>) {
    return first.builder->bottleneck(first);
  } else {
    using Tuple = boost::hana::tuple<First, Layer...>;
    return declare::Part<declare::Side::bottleneck, Tuple>{Tuple(first, layers...)};
  }
}
template <class Nothing = void>
constexpr auto bottleneck(declare::AnyLayer, declare::AnyLayer = {}, declare::AnyLayer = {},
                          declare::AnyLayer = {}, declare::AnyLayer = {}, declare::AnyLayer = {},
                          declare::AnyLayer = {}, declare::AnyLayer = {}, declare::AnyLayer = {},
                          declare::AnyLayer = {}, declare::AnyLayer = {}, declare::AnyLayer = {}) {
  return declare::refuse_ambiguous_name<Nothing>();
}

/// The part of a model from the code to the reconstruction.
template <class... Layer>
constexpr auto decoder(Layer... layers) {
  using Tuple = boost::hana::tuple<Layer...>;
  return declare::Part<declare::Side::decoder, Tuple>{Tuple(layers...)};
}
template <class Nothing = void>
constexpr auto decoder(declare::AnyLayer, declare::AnyLayer = {}, declare::AnyLayer = {}, declare::AnyLayer = {},
                       declare::AnyLayer = {}, declare::AnyLayer = {}, declare::AnyLayer = {},
                       declare::AnyLayer = {}, declare::AnyLayer = {}, declare::AnyLayer = {},
                       declare::AnyLayer = {}, declare::AnyLayer = {}) {
  return declare::refuse_ambiguous_name<Nothing>();
}

/// The sequence notation: `autoencoder(encoder(…), bottleneck(…), decoder(…))`.
template <class... Part>
constexpr auto autoencoder(const Part&... parts) {
  constexpr int capacity = (declare::max_nodes_of_part(static_cast<const Part*>(nullptr)) + ... + 2);
  Scope scope;
  scope.in_model();
  declare::Trace trace{&scope, {}};
  ((trace = declare::apply_part(trace, parts)), ...);
  if (trace.last.builder != nullptr) scope.output(trace.last, "reconstruction");
  return declare::finish<capacity>(scope);
}

/// The expression notation, for any graph without cycles: a function without captures that takes a Scope,
/// marks one tensor by `bottleneck(…)`, and returns the reconstruction.
///
///     static constexpr auto model = graph([](Scope& g) {
///       auto x = g.input<784>("image");
///       auto code = bottleneck(dense<10>(elu(dense<64>(x, "hidden")), "code"));
///       return sigmoid(dense<784>(code, "out"));
///     });
template <class Function>
  requires std::is_empty_v<Function>
constexpr auto graph(Function) {
  constexpr auto write = [] {
    Scope scope;
    scope.in_model();
    scope.output(Function{}(scope), "reconstruction");
    return scope;
  };
  // Clang looks at names of which one is gone already here, and prints what the variable is called.
  constexpr int capacity_if_names_are_string_literals = write().size();
  [[maybe_unused]] constexpr auto names =
      declare::names_of<static_cast<int>(write().layer_names().size())>(write());
  Scope scope = write();
  return declare::finish<capacity_if_names_are_string_literals>(scope);
}

}  // namespace isthmus
