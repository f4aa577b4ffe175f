// expect: this_layer_cannot_give_the_size_that_is_asked_for<.*layer<.*"code".*shape<12, 2>.*shape<26, 2>
// A factor of two makes 23 to 25 places of 12.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(
      encoder(input<26, 2>("series"), conv1d<4, 3>("enc1") | relu | max_pool<2>(padding(0))),
      bottleneck(conv1d<2, 2>("code", valid)), decoder(upsample<2>(like("series")), conv1d<2, 3>("dec1")));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
