// A dense denoising autoencoder that fills in what was blanked out: Vincent et al. 2010, section 3.3, with swish.
#pragma once

#include <isthmus/declare.hpp>

namespace graphs {

using namespace isthmus;

struct Masked {
  static constexpr const char* summary = "dense, fills in the half of the pixels that was blanked out";
  static constexpr auto model = autoencoder(
      encoder(input<784>("image"), masking_noise(0.5f), dense<512>("enc1") | swish, dense<128>("enc2") | swish),
      bottleneck(dense<32>("code")),
      decoder(dense<128>("dec1") | swish, dense<512>("dec2") | swish,
              dense<784>("dec3", bias_from_data) | sigmoid));
  static constexpr auto training =
      train(model, binary_cross_entropy, adam{.learning_rate = anneal::cosine(0.001f, 0.0001f, 4690)});
};

}  // namespace graphs
