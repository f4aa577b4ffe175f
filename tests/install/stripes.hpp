// The consumer's own model.
#pragma once

#include <isthmus/declare.hpp>

namespace consumer {

using namespace isthmus;

struct Stripes {
  static constexpr auto model =
      autoencoder(encoder(input<24>("stripes"), dense<12>("enc") | elu), bottleneck(dense<3>("code")),
                  decoder(dense<12>("dec") | elu, dense<24>("out") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{0.01f});
};
static_assert(Stripes::model.code_size() == 3);
static_assert(width_of<Stripes, "enc">() == 12);

}  // namespace consumer
