// expect: a_layer_that_is_frozen_needs_parameters_of_its_own<.*layer<.*"x"
// An input has nothing that could be frozen.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<7>("x"), dense<5>("enc") | elu),
                                            bottleneck(dense<2>("code")), decoder(dense<7>("out")));
  static constexpr auto training = train(model, mean_squared_error, adam{}, frozen("x"));
};

isthmus::Trainer<Bad, 4> trainer{1};
