// The consumer's own model.
#pragma once

#include "operations.hpp"

namespace consumer {

struct Stripes {
  static constexpr auto model =
      autoencoder(encoder(input<24>("stripes"), dense<12>("enc") | elu), bottleneck(dense<3>("code")),
                  decoder(dense<12>("dec") | activation(mish) | center, dense<24>("out") | sigmoid));
  static constexpr auto training = train(
      model, term("log_cosh", [](Tensor y, Tensor x) { return mean(activation(log_cosh)(y - x)); }), adam{0.01f});
};
static_assert(Stripes::model.code_size() == 3);
static_assert(width_of<Stripes, "enc">() == 12);

}  // namespace consumer
