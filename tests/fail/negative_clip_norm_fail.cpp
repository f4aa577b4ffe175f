// expect: a_bound_must_not_be_negative<.*layer<.*"clip_norm".*percent<-100>
// A bound for the gradient's norm that no norm is below.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<7>("x")), bottleneck(dense<2>("code")), decoder(dense<7>("out")));
  static constexpr auto training = train(model, mean_squared_error, adam{}, clip_norm{-1.0f});
};

isthmus::Trainer<Bad, 4> trainer{1};
