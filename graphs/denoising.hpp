// The convolutional denoising autoencoder of the Keras tutorial: Gaussian noise of 0.5 goes in, clean digits come
// out.
#pragma once

#include <isthmus/declare.hpp>

namespace graphs {

using namespace isthmus;

// The output's bias starts where the first outputs are as bright as the digits are on average. From zero the
// sigmoid saturates within some twenty steps, and the output stays black.
struct Denoising {
  static constexpr const char* summary = "convolutional, removes Gaussian noise, 7 x 7 x 128 code";
  static constexpr auto model =
      autoencoder(encoder(input<28, 28, 1>("image"), gaussian_noise(0.5f) | clip(0, 1),
                          conv2d<32, 3>("enc1") | relu | max_pool<2>, conv2d<64, 3>("enc2") | relu | max_pool<2>),
                  bottleneck(conv2d<128, 3>("code") | relu),
                  decoder(conv2d<128, 3>("dec1") | relu | upsample<2>, conv2d<64, 3>("dec2") | relu | upsample<2>,
                          conv2d<1, 3>("dec3", bias_from_data) | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

}  // namespace graphs
