// The sparse autoencoder of top_k.hpp for a small language model, whose activations bench/peers/activations.py
// makes.
#pragma once

#include "top_k.hpp"

namespace graphs {

struct TopKSmall : TopKOf<384, 6144, 32, 192, 1'000'000> {
  static constexpr const char* summary = "sparse code of a small language model's activations, 32 of 6,144 units";
};

}  // namespace graphs
