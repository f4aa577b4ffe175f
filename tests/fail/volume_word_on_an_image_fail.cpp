// expect: this_layer_takes_a_volume<.*layer<.*"conv1".*shape<28, 28, 2>.*shape<28, 28, 2, 1>
// A convolution of volumes in a model of images of two channels.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<28, 28, 2>("image"), conv3d<8, 3>("conv1") | relu, flatten),
                  bottleneck(dense<2>("code")), decoder(dense<1568>("dec1"), to_shape<28, 28, 2>));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
