// expect: two_layers_have_the_same_name<.*layer<.*"conv".*shape<14, 14, 8>.*shape<7, 7, 16>
// Both would be saved under one name.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(
      encoder(input<28, 28, 1>("image"), conv2d<8, 3>("conv") | relu | max_pool<2>,
              conv2d<16, 3>("conv", stride(2)) | relu),
      bottleneck(flatten, dense<10>("code")), decoder(dense<784>("dec1") | sigmoid, to_shape<28, 28, 1>));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
