// expect: several_draws_of_a_code_go_through_dense_layers_and_functions_of_values<.*layer<.*"dec1".*shape<28, 28, 1>
// Several codes of a sample are rows of one matrix, which is no image.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<784>("image");
    auto z = bottleneck(reparameterize(dense<16>(x, "mu"), dense<16>(x, "log_var")));
    return flatten(sigmoid(conv2d<1, 3>(to_shape<28, 28, 1>(dense<784>(z, "dec1")), "dec2")));
  });
  static constexpr auto training = train(model, importance_weighted<5>(bernoulli), adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
