// expect: a_stride_must_be_positive<.*layer<.*"conv1".*shape<2, 0>.*shape<1, 1>
// A window that never moves to the right.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<6, 6, 1>("image"), conv2d<8, 3>("conv1", stride(2, 0))),
                  bottleneck(flatten, dense<4>("code")), decoder(dense<36>("dec1"), to_shape<6, 6, 1>));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
