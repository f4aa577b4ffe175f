// The words for layers. A layer is a function from a symbolic tensor to a symbolic tensor; `a | b` is first a,
// then b. With a name alone a word gives a layer for the sequence notation, with a tensor it applies it:
//
//     dense<128>("hidden") | elu           // a layer
//     elu(dense<128>(x, "hidden"))         // a tensor
#pragma once

#include <isthmus/builder.hpp>

#include <type_traits>

namespace isthmus {

namespace declare {

/// Names for layers that were given none: `layer00` to `layer99`, then `layer100` to `layer999`.
inline constexpr int automatic_names = 1000;
inline constexpr int automatic_stem = 5;  ///< letters before the digits
struct AutomaticNames {
  char text[automatic_names][automatic_stem + 4] = {};
  constexpr AutomaticNames() {
    const char stem[] = "layer";
    for (int i = 0; i < automatic_names; ++i) {
      char* to = text[i];
      for (int k = 0; k < automatic_stem; ++k) *to++ = stem[k];
      if (i >= 100) *to++ = static_cast<char>('0' + i / 100);
      *to++ = static_cast<char>('0' + i / 10 % 10);
      *to++ = static_cast<char>('0' + i % 10);
    }
  }
};
inline constexpr AutomaticNames automatic = {};

constexpr bool is_one_of(const std::vector<const char*>& names, const char* name) {
  for (const char* const one : names)
    if (same_text(one, name)) return true;
  return false;
}

/// Records a mistake of a layer unless a bound of its values is positive.
constexpr void require_positive_bound(Builder& b, float bound) {
  if (!(bound > 0)) b.mistake(Mistake::bound_not_positive, shape_of(batch, in_percent(bound)));
}

/// Records a mistake unless all of a layer's extents are positive.
template <class... Int>
constexpr void require_positive(Builder& b, Int... extents) {
  if (((extents <= 0) || ...))
    b.mistake(Mistake::size_not_positive, shape_of(batch, extents...), shape_of(batch, (extents * 0 + 1)...));
}

/// Says that values of an input may be missing.
struct WithMissing {};
/// Says that an input has indices: whole numbers from 0 to `classes` less one.
struct Indices {
  int classes;
};

/// Records an input with missing values that a node reads as if all were there. Reading it is for is_present and
/// fill_missing: a comparison, and the value that is chosen where this one holds.
constexpr void check_missing_values(Builder& b) {
  const GraphView graph = b.view();
  bool any = false;
  for (const Node& node : graph) any = any || node.may_miss;
  for (int i = 0; any && i < graph.size; ++i)
    for (int k = 0; k < 3 && graph[i].inputs[k] >= 0; ++k) {
      const Node& read = graph[graph[i].inputs[k]];
      const bool is_careful =
          (graph[i].function == &ops::greater && k == 0) || (graph[i].function == &ops::select && k == 1);
      if (read.may_miss && !is_careful)
        b.diagnostic().record(Mistake::missing_values_are_read, read.label.layer, {}, {}, graph[i].label.layer);
    }
}

}  // namespace declare

/// The builder that layers are written to; it also checks their names.
class Scope : public Builder {
 public:
  /// Says that the nodes written from here on are of a loss: it has no layers of its own, since no file would hold
  /// their parameters.
  constexpr void in_loss() {
    in_loss_ = true;
    end_model();
  }

  /// The names of all layers so far, in their order.
  constexpr const std::vector<const char*>& layer_names() const { return names_; }

  /// Starts a named layer; a name that is taken already is a mistake, which is reported with the shapes of both
  /// layers. Without a name the layer is called `layer00`, `layer01`, …
  constexpr void begin_layer(const char* name, const char* kind, Shape result = {}) {
    if (*name == 0) name = automatic_name(kind);
    in_layer(name);
    if (in_network_) return begin_layer_of_network(name, result);
    if (in_loss_) diagnostic().record(Mistake::layer_in_a_loss, name);
    for (const char* taken : names_)
      if (same_text(taken, name)) mistake(Mistake::duplicate_name, result_of(view(), name), result);
    names_.push_back(name);
  }
  /// Says that the layers from here on are of a network beside the model, which a loss may apply several times: a
  /// layer that an earlier application has written shares its parameters. In a model they are layers as all
  /// others.
  constexpr void begin_network() {
    in_network_ = in_loss_;
    if (in_network_) nameless_ = 0;
  }
  constexpr void end_network() {
    if (!in_network_) return;
    in_network_ = false;
    share_parameters(false);
    network_names_.insert(network_names_.end(), names_.begin(), names_.end());
    names_.clear();
  }
  /// The names of the layers of all networks that a loss has applied.
  constexpr const std::vector<const char*>& network_names() const { return network_names_; }

  /// The shape of what a layer gives, its activation included.
  static constexpr Shape result_of(GraphView graph, const char* layer) {
    const int found = find_result(graph, layer);
    return found < 0 ? Shape{} : graph[found].shape;
  }
  /// The last node that a layer wrote, or -1.
  static constexpr int find_result(GraphView graph, const char* layer) {
    int found = -1;
    for (int i = 0; i < graph.size; ++i) {
      const Node& node = graph[i];
      if (!is_leaf(node.op) && !is_sink(node.op) && same_text(node.label.layer, layer)) found = i;
      if (node.op == Op::input && same_text(node.label.layer, layer)) found = i;
    }
    return found;
  }

  /// Data: `Dims` are one sample's extents. A model may have several inputs; the code is made from them.
  template <int... Dims>
  constexpr Tensor input(const char* name) {
    return port<Dims...>(name, PortKind::data);
  }
  /// Data of which some values may be missing: NaN.
  template <int... Dims>
  constexpr Tensor input(const char* name, declare::WithMissing) {
    return with_missing_values(input<Dims...>(name));
  }
  template <int... Dims>
  constexpr Tensor input(const char* name, declare::Indices of) {
    return of_indices(input<Dims...>(name), of);
  }
  /// An input that both sides may read: a label, coordinates, a time. Whoever decodes a code has it as well, so it
  /// goes around the bottleneck; it must not carry the data.
  template <int... Dims>
  constexpr Tensor condition(const char* name) {
    return port<Dims...>(name, PortKind::condition);
  }
  template <int... Dims>
  constexpr Tensor condition(const char* name, declare::Indices of) {
    return of_indices(condition<Dims...>(name), of);
  }
  template <int... Dims>
  constexpr Tensor condition(const char* name, declare::WithMissing) {
    return with_missing_values(condition<Dims...>(name));
  }
  /// What the reconstruction is to be: the loss compares it with the first target that is declared, and with the
  /// first input if none is. The model itself cannot read it.
  template <int... Dims>
  constexpr void target(const char* name) {
    port<Dims...>(name, PortKind::target);
  }
  template <int... Dims>
  constexpr void target(const char* name, declare::WithMissing) {
    with_missing_values(port<Dims...>(name, PortKind::target));
  }
  /// How much each value, or each sample (`weight<1>`), counts in a loss: see weighted_by.
  template <int... Dims>
  constexpr void weight(const char* name) {
    port<Dims...>(name, PortKind::weight);
  }

 private:
  constexpr void begin_layer_of_network(const char* name, Shape result) {
    const bool is_of_model = find_result(model(), name) >= 0;
    if (is_of_model || declare::is_one_of(names_, name))
      mistake(Mistake::duplicate_name, result_of(view(), name), result);
    names_.push_back(name);
    share_parameters(declare::is_one_of(network_names_, name));
  }
  template <int... Dims>
  constexpr Tensor port(const char* name, PortKind kind) {
    static_assert(sizeof...(Dims) >= 1 && sizeof...(Dims) < Shape::most, "a sample has one to five extents");
    begin_layer(name, "input", shape_of(batch, Dims...));
    declare::require_positive(*this, Dims...);
    return Builder::input(name, shape_of(batch, Dims...), kind);
  }
  constexpr Tensor of_indices(Tensor port, declare::Indices of) {
    declare::require_positive(*this, of.classes);
    graph().nodes.back().value = static_cast<float>(of.classes);
    return port;
  }
  constexpr Tensor with_missing_values(Tensor port) {
    graph().nodes.back().may_miss = true;
    return port;
  }
  constexpr const char* automatic_name(const char* kind) {
    const int number = nameless_++;
    if (number >= declare::automatic_names) {
      diagnostic().record(Mistake::too_many_unnamed_layers, kind);
      return kind;
    }
    return declare::automatic.text[number];
  }

  std::vector<const char*> names_;          ///< of the model, or of the network that is being applied
  std::vector<const char*> network_names_;  ///< of the networks that have been applied
  int nameless_ = 0;
  bool in_loss_ = false;
  bool in_network_ = false;
};

namespace declare {

/// Layers derive from this, so that `|` takes nothing else.
struct Layer {};

template <class T>
concept layer = std::is_base_of_v<Layer, T>;

constexpr Scope& scope_of(Tensor x) { return static_cast<Scope&>(*x.builder); }

template <layer First, layer Second>
struct Pipe : Layer {
  First first;
  Second second;
  static constexpr int max_nodes = First::max_nodes + Second::max_nodes;

  constexpr Pipe(First a, Second b) : first(a), second(b) {}
  constexpr Tensor operator()(Tensor x) const { return second(first(x)); }
};

template <layer First, layer Second>
constexpr auto operator|(First first, Second second) {
  return Pipe<First, Second>(first, second);
}
template <layer L>
constexpr Tensor operator|(Tensor x, L next) {
  return next(x);
}

/// A function of a tensor as a layer: `dense<8>("h") | tanh`, or any function of the user's own.
struct Function : Layer {
  Tensor (*function)(Tensor);
  static constexpr int max_nodes = 64;

  constexpr explicit Function(Tensor (*f)(Tensor)) : function(f) {}
  constexpr Tensor operator()(Tensor x) const { return function(x); }
};

template <layer First>
constexpr auto operator|(First first, Tensor (*next)(Tensor)) {
  return Pipe<First, Function>(first, Function(next));
}

/// Options of a dense layer: the initializers of its parameters, and whether it has a bias.
struct DenseOptions {
  bool bias = true;
  const Initializer* weight = &Initializer::glorot_uniform;
  float weight_value = 0;
  const Initializer* bias_start = &Initializer::zeros;
  float bias_value = 0;
  const char* tied_to = nullptr;  ///< the layer whose weights serve here as well
  bool each_row = false;          ///< of a matrix for each sample
};

struct WeightStart {
  const Initializer* initializer;
  float value = 0;
  constexpr void apply(DenseOptions& options) const {
    options.weight = initializer;
    options.weight_value = value;
  }
};
struct BiasStart {
  const Initializer* initializer;
  float value = 0;
  constexpr void apply(DenseOptions& options) const {
    options.bias_start = initializer;
    options.bias_value = value;
  }
};
struct Tied {
  const char* layer;
  constexpr void apply(DenseOptions& options) const { options.tied_to = layer; }
};
struct WithoutBias {
  constexpr void apply(DenseOptions& options) const { options.bias = false; }
};

struct EachRow {
  constexpr void apply(DenseOptions& options) const { options.each_row = true; }
};

/// Says that nothing sees what comes behind its own place: the padding of a window, the mask of attention.
struct Causal {};

/// The weights of the layer that is being written: its own, or those of the layer that it is tied to.
constexpr Tensor weights_of(Scope& scope, const DenseOptions& options, Shape shape) {
  if (options.tied_to == nullptr) return scope.parameter("weight", shape, *options.weight, options.weight_value);
  for (int i = 0; i < scope.size(); ++i) {
    const Node& node = scope[i];
    if (node.op != Op::parameter || !(node.label == Label{options.tied_to, "weight", ""})) continue;
    if (node.shape == shape) return scope.tensor(i);
    scope.mistake(Mistake::tied_shapes_differ, shape, node.shape);
    return scope.parameter("weight", shape, *options.weight);
  }
  scope.diagnostic().record(Mistake::unknown_name, options.tied_to, shape, shape);
  return scope.parameter("weight", shape, *options.weight);
}

/// A layer's last step, if it has a bias: one value for each of the last dimension's.
constexpr Tensor with_bias(Scope& scope, Tensor y, const DenseOptions& options) {
  if (!options.bias) return y;
  const Shape units = shape_of(y.shape().dim[y.shape().rank - 1]);
  return y + scope.parameter("bias", units, *options.bias_start, options.bias_value);
}

/// x W + b: [batch, in] → [batch, Width], or of each row [batch, n, in] → [batch, n, Width]. Tied: x Wᵀ + b with
/// the other layer's W.
template <int Width>
struct Dense : Layer {
  const char* name;
  DenseOptions options;
  static constexpr int max_nodes = 4;

  constexpr Dense(const char* layer_name, DenseOptions o) : name(layer_name), options(o) {}
  constexpr Tensor operator()(Tensor x) const {
    Scope& scope = scope_of(x);
    const bool of_rows = options.each_row && x.shape().rank == 3;
    scope.begin_layer(name, "dense", of_rows ? shape_of(batch, x.shape().dim[1], Width) : shape_of(batch, Width));
    require_positive(scope, Width);
    if (x.shape().rank != 2 && !of_rows)
      scope.mistake(Mistake::not_a_row, x.shape(), shape_of(batch, x.shape().elements_per_sample()));
    const int fan_in = x.shape().columns();
    const bool tied = options.tied_to != nullptr;
    const Tensor weight = weights_of(scope, options, tied ? shape_of(Width, fan_in) : shape_of(fan_in, Width));
    return with_bias(scope, scope.matmul(x, weight, false, tied), options);
  }
};

template <int Width>
struct DenseWord {
  template <class... Option>
  constexpr auto operator()(const char* name, Option... option) const {
    DenseOptions options;
    (option.apply(options), ...);
    return Dense<Width>(name, options);
  }
  template <class... Option>
  constexpr Tensor operator()(Tensor x, const char* name = "", Option... option) const {
    return (*this)(name, option...)(x);
  }
};

/// An elementwise operation of one operand as a layer: `dense<8>("h") | elu`, or `elu(x)`.
struct Activation : Layer {
  const Elementwise* function;
  float value;
  static constexpr int max_nodes = 1;

  constexpr explicit Activation(const Elementwise& what) : Activation(what, what.row.default_value) {}
  constexpr Activation(const Elementwise& what, float parameter) : function(&what), value(parameter) {}
  constexpr Tensor operator()(Tensor x) const { return x.builder->unary(*function, x, value); }
};

/// An activation that has a parameter: `elu` means `elu(1.0f)`.
struct ActivationWithParameter : Activation {
  using Activation::Activation;
  using Activation::operator();
  constexpr Activation operator()(float parameter) const { return Activation(*function, parameter); }
};

struct Linear : Layer {
  static constexpr int max_nodes = 0;
  constexpr Tensor operator()(Tensor x) const { return x; }
};

/// The data's place in the sequence notation.
template <int... Dims>
struct Input {
  const char* name;
  bool may_miss = false;
  static constexpr int max_nodes = 1;
  constexpr Tensor operator()(Scope& scope) const {
    const int other = first_port(scope.view(), PortKind::data);
    const Tensor data = may_miss ? scope.input<Dims...>(name, WithMissing{}) : scope.input<Dims...>(name);
    if (other >= 0) scope.mistake(Mistake::two_inputs, scope[other].shape, data.shape());
    return data;
  }
};

template <int... Dims>
struct InputWord {
  constexpr auto operator()(const char* name) const { return Input<Dims...>{name}; }
  constexpr auto operator()(const char* name, WithMissing) const { return Input<Dims...>{name, true}; }
};

}  // namespace declare

constexpr Tensor operator|(Tensor x, Tensor (*next)(Tensor)) { return next(x); }

/// An option of inputs and targets: values may be missing, which is NaN: missing.hpp.
inline constexpr declare::WithMissing with_missing{};

/// An option of inputs: `g.condition<1>("label", indices<10>)` has whole numbers from 0 to 9: indices.hpp.
template <int Classes>
inline constexpr declare::Indices indices{Classes};

/// `input<784>("image")`: the data, one sample's extents.
template <int... Dims>
inline constexpr declare::InputWord<Dims...> input{};

/// `dense<128>("hidden")`: x W + b. Options: `no_bias`, `each_row`, `glorot_uniform` (default), `he_uniform`,
/// `zeros`, `constant(v)` for the weights, `tied("layer")`, `bias_constant(v)` and `bias_from_data` for the bias.
template <int Width>
inline constexpr declare::DenseWord<Width> dense{};

inline constexpr declare::WithoutBias no_bias{};
/// Of a matrix for each sample, [n, in] → [n, Width]: the same weights for each of its rows, such as the steps of
/// a series: `dense<64>("steps", each_row)`. Without this option a layer takes one row and nothing else, since
/// most often a `flatten` is missing.
inline constexpr declare::EachRow each_row{};
/// An option of convolutions and of attention: what is at a place is made of what is there and before.
inline constexpr declare::Causal causal{};
/// The weights are those of the layer called so, transposed: one parameter, whose gradient is the sum of both
/// uses. For `conv2d_transpose` the other layer is a `conv2d`; a `conv2d` takes another's weights as they are.
constexpr declare::Tied tied(const char* layer) { return {layer}; }
/// The bias starts at log(m / (1 - m)) of the training data's mean m: after a sigmoid the first outputs are then
/// the mean.
inline constexpr declare::BiasStart bias_from_data{&Initializer::data_logit};
inline constexpr declare::WeightStart glorot_uniform{&Initializer::glorot_uniform};
inline constexpr declare::WeightStart he_uniform{&Initializer::he_uniform};
inline constexpr declare::WeightStart zeros{&Initializer::zeros};
constexpr declare::WeightStart constant(float value) { return {&Initializer::constant, value}; }
constexpr declare::BiasStart bias_constant(float value) { return {&Initializer::constant, value}; }
/// Weights, or a bias, that start by an initializer of the program's own; `value` is its parameter.
constexpr declare::WeightStart weights_by(const Initializer& start, float value = 0) { return {&start, value}; }
constexpr declare::BiasStart bias_by(const Initializer& start, float value = 0) { return {&start, value}; }

/// x for x > 0, else alpha (exp(x) - 1); alpha is 1 unless given: `elu(0.5f)`. Clevert et al. 2015.
inline constexpr declare::ActivationWithParameter elu{ops::elu};
/// x for x > 0, else slope x; the slope is 0.01 unless given: `leaky_relu(0.2f)`.
inline constexpr declare::ActivationWithParameter leaky_relu{ops::leaky_relu};
/// max(x, 0).
inline constexpr declare::Activation relu{ops::relu};
/// 1 / (1 + exp(-x)).
inline constexpr declare::Activation sigmoid{ops::sigmoid};
/// log(1 + exp(x)).
inline constexpr declare::Activation softplus{ops::softplus};
/// x / (1 + exp(-x)), also called SiLU: Ramachandran et al. 2017, section 3.
inline constexpr declare::Activation swish{ops::swish};
/// PyTorch's name for swish.
inline constexpr declare::Activation silu = swish;
/// λ x for x > 0, else λ α (exp(x) - 1), with λ = 1.0507 and α = 1.6733. Klambauer et al. 2017.
inline constexpr declare::Activation selu{ops::selu};
/// x Φ(x), Φ being the normal distribution's: Hendrycks and Gimpel 2016. `gelu_tanh` has a tanh in its place.
inline constexpr declare::Activation gelu{ops::gelu};
inline constexpr declare::Activation gelu_tanh{ops::gelu_tanh};
/// x between -1 and 1, and those beyond.
inline constexpr declare::Activation hard_tanh{ops::hard_tanh};
/// An elementwise operation of one operand that a program defines, as a layer; with its parameter, if it has one.
constexpr declare::ActivationWithParameter activation(const Elementwise& function) {
  return declare::ActivationWithParameter(function);
}
/// x: says on purpose that there is no activation.
inline constexpr declare::Linear linear{};

}  // namespace isthmus
