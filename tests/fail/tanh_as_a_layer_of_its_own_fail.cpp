// expect: static.assert.*tanh, exp, sqrt, sin, cos and abs are functions of the C library as well
// The C library has a tanh, too: the name alone does not say which one is meant.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

#include <math.h>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<20>("x"), dense<16>("enc"), tanh),
                                            bottleneck(dense<3>("code")), decoder(dense<20>("out")));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
