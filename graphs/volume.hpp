// A convolutional autoencoder of blocks of three-dimensional fields, each with values of about 1: of a simulation,
// or of a scanner.
#pragma once

#include <isthmus/declare.hpp>

namespace graphs {

using namespace isthmus;

struct Volume {
  static constexpr const char* summary = "convolutional, blocks of 32 x 32 x 32 values, 4 x 4 x 4 x 8 code";
  static constexpr auto model =
      autoencoder(encoder(input<32, 32, 32, 1>("block"), conv3d<16, 3>("enc1") | relu | max_pool<2>,
                          conv3d<32, 3>("enc2") | relu | max_pool<2>, conv3d<64, 3>("enc3") | relu | max_pool<2>),
                  bottleneck(conv3d<8, 1>("code")),
                  decoder(conv3d<64, 3>("dec1") | relu | upsample<2>, conv3d<32, 3>("dec2") | relu | upsample<2>,
                          conv3d<16, 3>("dec3") | relu | upsample<2>, conv3d<1, 3>("dec4")));
  static constexpr auto training = train(model, mean_squared_error, adam{.learning_rate = 0.002f});
};

}  // namespace graphs
