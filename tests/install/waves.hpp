// The consumer's own optimizer, and a model that is made of the consumer's own operations: own_operations.cpp asks
// of them what the library asks of its own.
#pragma once

#include "operations.hpp"

namespace consumer {

/// AdaBelief: Zhuang et al. 2020, algorithm 2, with the bias corrections folded into the rate:
/// m ← β₁ m + (1−β₁) g, s ← β₂ s + (1−β₂) (g − m)² + ε, w ← w − η √(1−β₂ᵗ)/(1−β₁ᵗ) · m / (√s + ε).
struct ada_belief {
  Annealed learning_rate = 0.001f;
  float beta1 = 0.875f;
  float beta2 = 0.984375f;
  float epsilon = 1e-8f;

  constexpr void update(Tensor parameter, Tensor gradient, Tensor rate, Tensor step) const {
    Builder& b = *parameter.builder;
    const auto power = [&](float base) { return exp(step * log(b.constant(base))); };
    const Tensor m = b.state(parameter, "m"), s = b.state(parameter, "s");
    const Tensor kept = beta1 * m, kept_squares = beta2 * s;
    const Tensor next = kept + (1.0f - beta1) * gradient;
    const Tensor squares = kept_squares + (1.0f - beta2) * square(gradient - next) + epsilon;
    const Tensor corrected = rate * sqrt(1.0f - power(beta2)) / (1.0f - power(beta1));
    b.assign(m, next);
    b.assign(s, squares);
    b.assign(parameter, parameter - corrected * next / (sqrt(squares) + epsilon));
  }
};

struct Waves {
  static constexpr auto model =
      autoencoder(encoder(input<40>("waves"), dense<64>("enc") | activation(mish)), bottleneck(dense<24>("code")),
                  decoder(dense<400>("dec") | gate | center, dense<40>("out")));
  static constexpr ada_belief optimizer{.learning_rate = 0.01f};
  static constexpr auto training = train(
      model, term("log_cosh", [](Tensor y, Tensor x) { return mean(activation(log_cosh)(y - x)); }), optimizer);
};

}  // namespace consumer
