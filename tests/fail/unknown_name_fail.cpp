// expect: no_layer_has_this_name<.*layer<.*"enc9".*shape<784>.*shape<10>
// The width of a layer that the model does not have.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<784>("image"), dense<64>("enc1") | elu),
                                            bottleneck(dense<10>("code")), decoder(dense<784>("dec1") | sigmoid));
};

static_assert(width_of<Bad, "enc1">() == 64);
static_assert(width_of<Bad, "enc9">() == 64);
