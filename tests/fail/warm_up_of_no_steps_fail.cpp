// expect: a_size_must_be_positive<.*layer<.*"optimizer".*shape<0>.*shape<1>
// A warm-up that lasts for no step.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<7>("x")), bottleneck(dense<2>("code")), decoder(dense<7>("out")));
  static constexpr auto training =
      train(model, mean_squared_error, adam{anneal::warm_up(0, anneal::cosine(1e-3f, 0, 100))});
};

isthmus::Trainer<Bad, 4> trainer{1};
