// The importance-weighted autoencoder of Burda, Grosse and Salakhutdinov 2015, with k = 50: the network of
// importance.hpp, trained on the bound that 50 codes for each sample give.
#pragma once

#include "importance.hpp"

namespace graphs {

struct ImportanceWeighted : Importance {
  static constexpr const char* summary = "as importance, trained with 50 codes for each sample";
  static constexpr auto training =
      train(model, importance_weighted<50>(bernoulli), adam{.learning_rate = rate, .epsilon = 1e-4f});
};

}  // namespace graphs
