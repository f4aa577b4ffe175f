// expect: importance_weighted takes a likelihood
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<784>("image");
    auto z = bottleneck(reparameterize(dense<16>(x, "mu"), dense<16>(x, "log_var")));
    return sigmoid(dense<784>(z, "dec1"));
  });
  static constexpr auto training = train(model, importance_weighted<5>(mean_squared_error), adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
