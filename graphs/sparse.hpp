// A sparse autoencoder: more units in the code than a dense one has, each of them off most of the time. The
// penalty on the mean activations is that of Ng's lecture notes CS294A, section 3.
#pragma once

#include <isthmus/declare.hpp>

namespace graphs {

using namespace isthmus;

/// `weight` is that of the penalty; 0 gives the plain model to compare with.
template <float weight>
struct SparseOf {
  // The code starts at its target: σ(-2.94) = 0.05. From one half, most of the training would go into getting
  // there.
  static constexpr auto model =
      autoencoder(encoder(input<784>("image")), bottleneck(dense<196>("code", bias_constant(-2.94f)) | sigmoid),
                  decoder(dense<784>("out", bias_from_data) | sigmoid));
  static constexpr auto training =
      train(model, mean_squared_error + weight * kl_sparsity("code", 0.05f), adam{.learning_rate = 0.003f});
};

struct Sparse : SparseOf<2e-3f> {
  static constexpr const char* summary = "one dense layer each way, 196 units that are rarely on";
};

}  // namespace graphs
