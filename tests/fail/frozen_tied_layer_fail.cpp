// expect: a_layer_that_is_frozen_needs_parameters_of_its_own<.*layer<.*"out"
// Weights that belong to another layer: that one has to be named.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<7>("x")), bottleneck(dense<2>("code")),
                                            decoder(dense<7>("out", tied("code"), no_bias)));
  static constexpr auto training = train(model, mean_squared_error, adam{}, frozen("out"));
};

isthmus::Trainer<Bad, 4> trainer{1};
