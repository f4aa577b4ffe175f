// Lesson 12: is a gradient right? `check_gradients` compares it with central differences of the loss,
// (L(w + h) - L(w - h)) / 2h, for each parameter. What lies between a parameter and the loss is checked with it:
// here the backward kernel of `rms_norm`.
#include "rms_norm.hpp"
#include "waves.hpp"

#include <isthmus/isthmus.hpp>
#include <isthmus/run/check_gradients.hpp>

#include <cstdio>
#include <vector>

using namespace isthmus;
using lessons::rms_norm;

struct Checked {
  static constexpr auto model =
      autoencoder(encoder(input<24>("x"), dense<17>("enc") | rms_norm | elu), bottleneck(dense<3>("code")),
                  decoder(dense<17>("dec") | rms_norm | elu, dense<24>("out")));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

int main() {
  const std::vector<float> x = lessons::waves(16, 24);
  bool all_are_right = true;
  for (const GradientError& one : check_gradients<Checked>(x)) {
    // As a part of what the loss changes by: 1e-4 or so is the rounding of float, a missing term gives per cents.
    std::printf("%-12s off by %.6f\n", one.parameter.c_str(), one.error);
    all_are_right = all_are_right && one.error < 0.002;
  }
  return all_are_right ? 0 : 1;
}
