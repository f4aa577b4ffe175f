// A deep dense autoencoder whose decoder has the encoder's weights, transposed: half the parameters of 784-128-32.
#pragma once

#include <isthmus/declare.hpp>

namespace graphs {

using namespace isthmus;

struct Tied {
  static constexpr const char* summary = "dense, the decoder's weights are the encoder's transposed";
  static constexpr auto model = autoencoder(
      encoder(input<784>("image"), dense<128>("enc1") | elu), bottleneck(dense<32>("code") | elu),
      decoder(dense<128>("dec1", tied("code")) | elu, dense<784>("dec2", tied("enc1"), bias_from_data) | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

}  // namespace graphs
