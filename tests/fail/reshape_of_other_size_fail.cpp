// expect: a_reshape_must_keep_the_number_of_values<.*layer<.*"dec1".*shape<128>.*shape<7, 7, 128>
// A dense layer that forgot the pixels.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(
      encoder(input<28, 28, 1>("image"), flatten), bottleneck(dense<10>("code")),
      decoder(dense<128>("dec1") | relu, to_shape<7, 7, 128>, upsample<4>, conv2d<1, 3>("dec2") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
