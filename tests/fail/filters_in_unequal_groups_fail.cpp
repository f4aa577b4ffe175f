// expect: groups_of_channels_must_have_the_same_size<.*layer<.*"conv2".*shape<6, 6, 9>.*shape<4>
// Nine results in four groups.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(
      encoder(input<6, 6, 1>("image"), conv2d<8, 3>("conv1") | conv2d<9, 3>("conv2", groups(4)) | relu),
      bottleneck(flatten, dense<4>("code")), decoder(dense<36>("dec1"), to_shape<6, 6, 1>));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
