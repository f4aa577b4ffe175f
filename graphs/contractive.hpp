// The contractive autoencoder of Rifai et al. 2011: the code is to move little when the input does. The penalty is
// a derivative inside of the loss, and is differentiated once more for the training.
#pragma once

#include <isthmus/declare.hpp>

namespace graphs {

using namespace isthmus;

struct Contractive {
  static constexpr const char* summary = "one dense layer each way, penalty on the code's Jacobian";
  static constexpr auto model = autoencoder(encoder(input<784>("image")), bottleneck(dense<32>("code") | sigmoid),
                                            decoder(dense<784>("out", bias_from_data) | sigmoid));
  static constexpr auto training = train(model, binary_cross_entropy + 1e-3f * contraction("code"), adam{});
};

}  // namespace graphs
