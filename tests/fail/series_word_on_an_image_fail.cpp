// expect: this_layer_takes_a_series<.*layer<.*"conv1".*shape<28, 28, 1>.*shape<1, 784>
// A convolution of series in a model of images.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<28, 28, 1>("image"), conv1d<8, 3>("conv1") | relu), bottleneck(dense<2>("code")),
                  decoder(dense<784>("dec1"), to_shape<28, 28, 1>));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
