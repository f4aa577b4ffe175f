// `tied` with weights of its own in the decoder, to compare with.
#pragma once

#include <isthmus/declare.hpp>

namespace graphs {

using namespace isthmus;

struct Untied {
  static constexpr const char* summary = "as tied, each half with its own weights, to compare with";
  static constexpr auto model =
      autoencoder(encoder(input<784>("image"), dense<128>("enc1") | elu), bottleneck(dense<32>("code") | elu),
                  decoder(dense<128>("dec1") | elu, dense<784>("dec2", bias_from_data) | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

}  // namespace graphs
