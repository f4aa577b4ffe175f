// expect: frozen_layers_leave_nothing_to_train<.*layer<.*"out"
// Every layer is frozen.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<7>("x"), dense<5>("enc") | elu),
                                            bottleneck(dense<2>("code")), decoder(dense<7>("out")));
  static constexpr auto training = train(model, mean_squared_error, adam{}, frozen("enc", "code"), frozen("out"));
};

isthmus::Trainer<Bad, 4> trainer{1};
