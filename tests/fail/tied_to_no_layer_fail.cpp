// expect: no_layer_has_this_name<.*layer<.*"enc1".*shape<784, 10>
// Weights of a layer that the model does not have.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<784>("image")), bottleneck(dense<10>("code")),
                                            decoder(dense<784>("dec1", tied("enc1")) | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
