// A network beside the model: layers that only a loss applies, such as the critic of an adversarial training. Its
// parameters are in the programs that compute a loss, training and evaluation, and in their files; the halves of
// the model never see it.
#pragma once

#include <isthmus/declare/layers.hpp>

#include <boost/hana/fold_left.hpp>
#include <boost/hana/tuple.hpp>

namespace isthmus {
namespace declare {

template <class... L>
struct Network {
  boost::hana::tuple<L...> layers;

  /// Applies the layers in their order. In a loss, each application reads the same parameters: those of the
  /// layers' names. The statistics of a batch norm are those of the first application.
  constexpr Tensor operator()(Tensor x) const {
    Scope& scope = scope_of(x);
    const char* const outer_layer = scope.layer();
    scope.begin_network();
    const Tensor y = boost::hana::fold_left(layers, x, [](Tensor t, const auto& layer) { return layer(t); });
    scope.end_network();
    scope.in_layer(outer_layer);
    return y;
  }

  /// What messages call the layers of all of it.
  constexpr const char* name() const {
    const std::vector<const char*> names = layers_in({});
    return names.empty() ? "network" : names.front();
  }
  constexpr std::vector<const char*> layers_in(GraphView) const {
    // Names do not depend on shapes, whose mistakes are reported where the network is applied.
    Scope scope;
    const Tensor x = static_cast<Builder&>(scope).input("", shape_of(batch, 1));
    scope.in_loss();
    (*this)(x);
    return scope.network_names();
  }
};

}  // namespace declare

/// A network beside the model, whose layers have names of their own:
///
///     static constexpr auto critic = network(dense<64>("critic1") | relu, dense<1>("critic2"));
///
/// A loss applies it to any tensor, as often as it likes: `critic(code)`. What it gives may depend on other
/// samples.
template <class... L>
constexpr auto network(L... layers) {
  return declare::Network<L...>{boost::hana::tuple<L...>(layers...)};
}

}  // namespace isthmus
