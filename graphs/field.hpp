// A convolutional autoencoder of tiles of 2-D fields, each tile with mean 0 and a spread of about 1:
// graphs/insitu/ compresses a simulation's snapshots with it.
#pragma once

#include <isthmus/declare.hpp>

namespace graphs {

using namespace isthmus;

// The first layer looks at patches of 8 x 8 values and keeps their sign: a linear transform that is learned, as
// transform codecs have a fixed one. What follows lets a patch know of its neighbours, so that patches join
// smoothly.
struct Field {
  static constexpr const char* summary = "convolutional, tiles of 2-D fields, 4 x 4 x 4 code";
  static constexpr auto model = autoencoder(
      encoder(input<32, 32, 1>("tile"), conv2d<32, 8>("enc1", valid, stride(8)), conv2d<64, 3>("enc2") | swish),
      bottleneck(conv2d<4, 1>("code")),
      decoder(conv2d<64, 3>("dec1") | swish, conv2d<32, 3>("dec2") | swish,
              conv2d_transpose<1, 8>("dec3", valid, stride(8))));
  static constexpr auto training = train(model, mean_squared_error, adam{.learning_rate = 0.002f});
};

}  // namespace graphs
