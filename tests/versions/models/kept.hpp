// The model of the kept files. It stays as it is: files of every version were written for it.
#pragma once

#include <isthmus/declare.hpp>

namespace versions {

using namespace isthmus;

struct Kept {
  static constexpr auto model =
      autoencoder(encoder(input<8>("x"), dense<5>("enc") | tanh), bottleneck(dense<2>("code")),
                  decoder(dense<5>("dec") | tanh, dense<8>("out")));
  static constexpr auto training = train(model, mean_squared_error, adam{.learning_rate = 0.01f});
};

}  // namespace versions
