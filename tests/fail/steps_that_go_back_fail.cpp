// expect: a_size_must_be_positive<.*layer<.*"optimizer".*shape<-2000>.*shape<1>
// A value that begins before the one that it follows.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<7>("x")), bottleneck(dense<2>("code")), decoder(dense<7>("out")));
  static constexpr auto training =
      train(model, mean_squared_error,
            sgd{anneal::steps(0.1f, anneal::after(5000, 0.01f), anneal::after(3000, 0.001f))});
};

isthmus::Trainer<Bad, 4> trainer{1};
