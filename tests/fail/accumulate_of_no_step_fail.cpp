// expect: a_size_must_be_positive<.*layer<.*"accumulate".*shape<0>.*shape<1>
// An update by no step.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<7>("x")), bottleneck(dense<2>("code")), decoder(dense<7>("out")));
  static constexpr auto training = train(model, mean_squared_error, adam{}, accumulate<0>);
};

isthmus::Trainer<Bad, 4> trainer{1};
