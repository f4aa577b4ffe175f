// expect: this_layer_takes_a_row_of_values<.*layer<.*"norm".*shape<6, 6, 8>.*shape<288>
// Of an image, group_norm<1> normalizes all values of a sample.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<6, 6, 1>("image"), conv2d<8, 3>("conv1") | layer_norm("norm") | relu),
                  bottleneck(flatten, dense<4>("code")), decoder(dense<36>("dec1"), to_shape<6, 6, 1>));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
