// expect: a_size_must_be_positive<.*layer<.*"dec1".*shape<0>.*shape<1>
// An image of which nothing is left.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<6, 6, 1>("image")), bottleneck(conv2d<2, 3>("code", stride(2))),
                  decoder(conv2d<8, 3>("dec1") | relu | upsample<0>, conv2d<1, 3>("dec2")));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
