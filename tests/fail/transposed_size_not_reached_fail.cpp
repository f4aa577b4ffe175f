// expect: this_layer_cannot_give_the_size_that_is_asked_for<.*layer<.*"up".*shape<13, 4>.*shape<28, 1>
// A stride of two makes 14 of 28, not 13.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(
      encoder(input<25, 1>("series"), conv1d<4, 3>("down", stride(2)) | relu), bottleneck(conv1d<4, 3>("code")),
      decoder(conv1d_transpose<1, 3>("up", stride(2), output_size(28))));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
