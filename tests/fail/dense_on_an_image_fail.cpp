// expect: this_layer_takes_a_row_of_values<.*layer<.*"code".*shape<14, 14, 8>.*shape<1568>
// A dense layer of an image that is not flattened.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<28, 28, 1>("image"), conv2d<8, 3>("conv1") | relu | max_pool<2>),
                  bottleneck(dense<10>("code")), decoder(dense<784>("dec1") | sigmoid, to_shape<28, 28, 1>));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
