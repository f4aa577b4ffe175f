// expect: a_rate_must_be_at_least_0_and_below_1<.*layer<.*"averaged".*percent<100>
// An average that never takes a new value.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<7>("x"), dense<5>("enc") | elu),
                                            bottleneck(dense<2>("code")), decoder(dense<7>("out")));
  static constexpr auto training = train(model, mean_squared_error, averaged(adam{}, 1.0f));
};

isthmus::Trainer<Bad, 4> trainer{1};
