// The deep dense autoencoder of the Keras tutorial, with ELU inside: 784-512-128-10-128-512-784.
#pragma once

#include <isthmus/declare.hpp>

namespace graphs {

using namespace isthmus;

struct Dense {
  static constexpr const char* summary = "deep dense autoencoder, ELU, ten-dimensional code";
  static constexpr auto model =
      autoencoder(encoder(input<784>("image"), dense<512>("enc1") | elu, dense<128>("enc2") | elu),
                  bottleneck(dense<10>("code")),
                  decoder(dense<128>("dec1") | elu, dense<512>("dec2") | elu, dense<784>("dec3") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

}  // namespace graphs
