// expect: this_layer_takes_a_sequence_of_rows<.*"enc".*shape<784>.*shape<1, 784>
// A row has no steps: `to_shape` says how many there are.
#include <isthmus/declare.hpp>
#include <isthmus/plan/stages.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<784>("x"), lstm<32>("enc") | last),
                                            bottleneck(dense<4>("code")), decoder(dense<784>("out")));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

static_assert(isthmus::check<Bad>);
