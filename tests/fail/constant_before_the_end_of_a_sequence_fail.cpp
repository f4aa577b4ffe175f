// expect: a_size_must_be_positive<.*layer<.*"loss".*shape<0>.*shape<1>
// A part that goes on for ever, with another behind it: the weight of a term.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<7>("x")), bottleneck(dense<2>("code")), decoder(dense<7>("out")));
  static constexpr auto training = train(
      model,
      anneal::sequence(anneal::constant(0), anneal::linear(0, 1, 500)) * l1_activity("code") + mean_squared_error,
      adam{});
};

isthmus::Trainer<Bad, 4> trainer{1};
