// expect: this_layer_takes_an_image<.*layer<.*"conv1".*shape<64>.*shape<1, 1, 64>
// A convolution of what a dense layer gives: nothing says how many rows and columns that has.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<8, 8, 1>("image"), flatten, dense<64>("enc1") | relu),
                  bottleneck(conv2d<2, 3>("conv1")), decoder(flatten, dense<64>("dec1"), to_shape<8, 8, 1>));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
