// expect: this_layer_takes_a_row_of_values<.*"enc".*shape<8, 8, 4>.*shape<4>
// The channels of each pixel are no row of their own here: a `flatten` is missing.
#include <isthmus/declare.hpp>
#include <isthmus/plan/stages.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<8, 8, 3>("x"), conv2d<4, 3>("enc")),
                                            bottleneck(top_k<2>), decoder(conv2d<3, 3>("out")));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

static_assert(isthmus::check<Bad>);
