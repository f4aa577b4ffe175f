// expect: no_layer_has_this_name<.*layer<.*"hidden".*shape<784>.*shape<784>
// A penalty on a layer that the model does not have.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<784>("image")), bottleneck(dense<10>("code") | sigmoid),
                                            decoder(dense<784>("dec1") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error + 0.1f * l1_activity("hidden"), adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
