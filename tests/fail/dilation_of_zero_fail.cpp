// expect: a_size_must_be_positive<.*layer<.*"conv1".*shape<0>.*shape<1>
// A window that sees the same place over and over.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<32, 2>("series"), conv1d<4, 3>("conv1", dilation(0)) | relu),
                  bottleneck(conv1d<1, 3>("code")), decoder(conv1d<2, 3>("dec1")));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
