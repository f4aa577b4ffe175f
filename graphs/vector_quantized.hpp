// An autoencoder whose code is a picture of 7 × 7 indices: each pixel of the code is one of 128 vectors, which are
// learnt with it (van den Oord et al. 2017).
#pragma once

#include <isthmus/declare.hpp>

namespace graphs {

using namespace isthmus;

struct VectorQuantized {
  static constexpr const char* summary = "convolutional, 7 x 7 code of 128 vectors that are learnt with it";
  static constexpr auto model = autoencoder(
      encoder(input<28, 28, 1>("image"), conv2d<32, 4>("enc1", stride(2)) | relu,
              conv2d<64, 4>("enc2", stride(2)) | relu, conv2d<64, 3>("enc3") | relu, conv2d<32, 1>("z")),
      bottleneck(vector_quantize<128>("codebook", moving_average(0.99f).restarted_below(1.0f))),
      decoder(conv2d<64, 3>("dec1") | relu, conv2d_transpose<32, 4>("dec2", stride(2)) | relu,
              conv2d_transpose<1, 4>("dec3", stride(2), bias_from_data) | sigmoid));
  static constexpr auto training =
      train(model, mean_squared_error + commitment("codebook", 0.25f) + 0.0f * perplexity("codebook"), adam{});
};

}  // namespace graphs
