// expect: the_window_is_larger_than_the_image<.*layer<.*"conv1".*shape<32, 2>.*shape<9>
// Nine taps, four apart, reach over 33 places.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<32, 2>("series"), conv1d<4, 9>("conv1", valid, dilation(4)) | relu),
                  bottleneck(dense<1>("code")), decoder(dense<64>("dec1"), to_shape<32, 2>));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
