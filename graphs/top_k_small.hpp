// The sparse autoencoder of top_k.hpp for a small language model, whose activations bench/peers/activations.py
// makes.
#pragma once

#include "top_k.hpp"

namespace graphs {

struct TopKSmall : TopKOf<384, 12288, 32, 192, 100'000> {
  static constexpr const char* summary = "sparse code of a small language model's activations, 32 of 12,288 units";
};

}  // namespace graphs
