// expect: no_layer_has_this_name<.*layer<.*"enc1"
// A frozen layer that is misspelt.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<7>("x"), dense<5>("enc") | elu),
                                            bottleneck(dense<2>("code")), decoder(dense<7>("out")));
  static constexpr auto training = train(model, mean_squared_error, adam{}, frozen("code", "enc1"));
};

isthmus::Trainer<Bad, 4> trainer{1};
