// One dense layer each way: h = σ(Wx + b), x' = σ(W'h + b').
#pragma once

#include <isthmus/declare.hpp>

namespace graphs {

using namespace isthmus;

// The output's bias starts at logit(0.13), the digits' mean. From zero, the first thing to be learned is that most
// pixels are dark, and the code saturates on the way: the output then stays the same for every image.
struct Shallow {
  static constexpr const char* summary = "one dense layer each way, sigmoid, 32-dimensional code";
  static constexpr auto model = autoencoder(encoder(input<784>("image")), bottleneck(dense<32>("code") | sigmoid),
                                            decoder(dense<784>("out", bias_constant(-1.9f)) | sigmoid));
  static constexpr auto training = train(model, binary_cross_entropy, adam{});
};

}  // namespace graphs
