// expect: this_layer_takes_an_image<.*layer<.*"conv1".*shape<28, 28>.*shape<28, 28, 1>
// An image of one channel has a third extent.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<28, 28>("image"), conv2d<8, 3>("conv1") | relu),
                  bottleneck(flatten, dense<10>("code")), decoder(dense<784>("dec1"), to_shape<28, 28>));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
