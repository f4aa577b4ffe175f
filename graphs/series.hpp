// A convolutional autoencoder of series with several channels, as sensors give them: windows of 512 readings of
// six.
#pragma once

#include <isthmus/declare.hpp>

namespace graphs {

using namespace isthmus;

struct Series {
  static constexpr const char* summary = "convolutional, series of 512 x 6 values, 64 x 8 code";
  static constexpr auto model =
      autoencoder(encoder(input<512, 6>("series"), conv1d<32, 7>("enc1") | relu | max_pool<2>,
                          conv1d<64, 5>("enc2") | relu | max_pool<2>, conv1d<128, 3>("enc3") | relu | max_pool<2>),
                  bottleneck(conv1d<8, 1>("code")),
                  decoder(conv1d<128, 3>("dec1") | relu | upsample<2>, conv1d<64, 5>("dec2") | relu | upsample<2>,
                          conv1d<32, 7>("dec3") | relu | upsample<2>, conv1d<6, 7>("dec4")));
  static constexpr auto training = train(model, mean_squared_error, adam{.learning_rate = 0.002f});
};

}  // namespace graphs
