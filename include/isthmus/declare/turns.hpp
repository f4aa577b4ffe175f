// A training step of several turns, one after the other on the same batch, each with its own loss, optimizer and
// layers: `train(model, in_turns(turn("autoencode", …).of(…), turn("discriminate", …).of(…)))`.
#pragma once

#include <isthmus/declare/losses.hpp>
#include <isthmus/declare/network.hpp>

#include <boost/hana/for_each.hpp>
#include <boost/hana/transform.hpp>
#include <boost/hana/tuple.hpp>

#include <concepts>

namespace isthmus {
namespace declare {

/// The layers whose parameters the codes depend on, and what an encoder gives beside them; or those that only the
/// reconstruction, and what a decoder gives beside it, depends on. Cost: linear in the nodes, but for the names.
constexpr std::vector<const char*> layers_of_half(GraphView declared, bool of_encoder) {
  const std::vector<char> behind = behind_the_codes(declared);
  std::vector<int> given_by_encoder, given_by_decoder;
  for (int i = 0; i < declared.size; ++i) {
    const bool is_beside = is_side_output(declared[i]), is_behind = behind.data()[i] != 0;
    if (is_bottleneck(declared[i]) || (is_beside && !is_behind)) given_by_encoder.push_back(i);
    if (is_output(declared[i]) || (is_beside && is_behind)) given_by_decoder.push_back(i);
  }
  const std::vector<char> in_encoder = needed_for(declared, given_by_encoder),
                          in_decoder = needed_for(declared, given_by_decoder);
  std::vector<const char*> layers;
  for (int i = 0; i < declared.size; ++i) {
    const bool encodes = in_encoder.data()[i] != 0;
    if (is_parameter(declared[i]) && (of_encoder ? encodes : !encodes && in_decoder.data()[i] != 0))
      layers.push_back(declared[i].label.layer);
  }
  return layers;
}

/// What a turn may train: sets of layers, each with a name for messages.
template <bool of_encoder>
struct HalfLayers {
  constexpr const char* name() const { return of_encoder ? "encoder_layers" : "decoder_layers"; }
  constexpr std::vector<const char*> layers_in(GraphView declared) const {
    return layers_of_half(declared, of_encoder);
  }
};
struct OneLayer {
  const char* layer;
  constexpr OneLayer(const char* l) : layer(l) {}
  constexpr const char* name() const { return layer; }
  constexpr std::vector<const char*> layers_in(GraphView) const { return {layer}; }
};
constexpr OneLayer layer_set(const char* layer) { return layer; }
template <class Set>
constexpr Set layer_set(Set set) {
  return set;
}

template <class Loss, class Optimizer, class... Set>
struct Turn {
  const char* name;
  Loss loss;
  Optimizer optimizer;
  boost::hana::tuple<Set...> sets = {};

  /// The turn, with the layers that it trains: their names, `encoder_layers`, `decoder_layers`, or a network.
  template <class... S>
  constexpr auto of(S... layers) const {
    return Turn<Loss, Optimizer, decltype(layer_set(layers))...>{name, loss, optimizer, {layer_set(layers)...}};
  }
  /// The same turn with another optimizer.
  template <class Other>
  constexpr auto trained_by(Other other) const {
    return Turn<Loss, Other, Set...>{name, loss, other, sets};
  }
};

/// As a loss: writes the loss of each turn, an output under its name, and gives the first one.
template <class... T>
struct Turns {
  boost::hana::tuple<T...> turns;

  constexpr Tensor operator()(Tensor y, Tensor target) const {
    Builder& b = *y.builder;
    const char* const layer = b.layer();
    Tensor first{};
    std::vector<const char*> names;
    boost::hana::for_each(turns, [&](const auto& turn) {
      Tensor value = turn.loss(y, target);
      b.in_layer(layer);
      if (value.shape().rank != 0) {
        b.diagnostic().record(Mistake::loss_is_not_a_scalar, turn.name, value.shape(), {});
        value = b.constant(0.0f);
      }
      if (is_one_of(names, turn.name)) b.diagnostic().record(Mistake::turns_of_one_name, turn.name);
      names.push_back(turn.name);
      require_new_output(b, turn.name);
      b.output(value, turn.name);
      if (first.builder == nullptr) first = value;
    });
    return first;
  }

  /// The same turns, each with this optimizer.
  template <class Optimizer>
  constexpr auto trained_by(Optimizer optimizer) const {
    const auto by_it = boost::hana::transform(turns, [&](const auto& turn) { return turn.trained_by(optimizer); });
    return of_tuple(by_it);
  }

 private:
  template <class... Other>
  static constexpr Turns<Other...> of_tuple(const boost::hana::tuple<Other...>& others) {
    return {others};
  }
};

/// In place of an optimizer: each turn has its own.
struct ByTurn {};

template <class>
inline constexpr bool is_turn = false;
template <class Loss, class Optimizer, class... Set>
inline constexpr bool is_turn<Turn<Loss, Optimizer, Set...>> = true;

}  // namespace declare

/// The layers whose parameters the codes depend on, or what an encoder gives beside them; those of all other
/// parameters that the reconstruction, or what a decoder gives beside it, depends on.
inline constexpr declare::HalfLayers<true> encoder_layers{};
inline constexpr declare::HalfLayers<false> decoder_layers{};

/// One turn: its loss, any that `train` takes, is reported under `name`, and its optimizer changes the layers that
/// `.of(…)` names, all others being constants to it.
template <class Loss, class Optimizer>
constexpr auto turn(const char* name, Loss loss, Optimizer optimizer) {
  return declare::Turn<Loss, Optimizer>{name, loss, optimizer};
}

/// What `train` takes for a loss and an optimizer: each step has these turns, in this order and on one batch, with
/// one draw of its noise. A turn's loss is that of the parameters which the turns before it have left. The model's
/// loss is the first turn's.
template <class... T>
constexpr auto in_turns(T... turns) {
  static_assert(sizeof...(T) > 0 && (declare::is_turn<T> && ...), "isthmus: in_turns takes one turn(…) or more");
  return declare::Turns<T...>{boost::hana::tuple<T...>(turns...)};
}

/// `train(model, in_turns(…), options…)`: options are those of a training with one loss. A norm is clipped in each
/// turn by itself.
template <class AnyModel, class... T, class... Option>
constexpr auto train(const AnyModel&, declare::Turns<T...> turns, Option... options) {
  Training<declare::Turns<T...>, declare::ByTurn> training{turns, {}};
  (options.apply(training), ...);
  return training;
}

}  // namespace isthmus
