// Optimizers: how a gradient changes its parameter, as nodes of the training graph. Each is a value whose
// `update` writes the assignments for one parameter. A learning rate may change with the step: anneal.hpp.
#pragma once

#include <isthmus/anneal.hpp>

namespace isthmus {

/// Stochastic gradient descent, with momentum if it is not zero: v ← μ v − η g, w ← w + v.
/// Source: Sutskever et al. 2013, equations 1 and 2.
struct sgd {
  Annealed learning_rate = 0.01f;
  float momentum = 0.0f;

  constexpr void update(Tensor parameter, Tensor gradient, Tensor rate, Tensor /*step*/) const {
    Builder& b = *parameter.builder;
    if (momentum == 0.0f) {
      b.assign(parameter, parameter - rate * gradient);
      return;
    }
    const Tensor velocity = b.state(parameter, "velocity");
    const Tensor next = momentum * velocity - rate * gradient;
    b.assign(velocity, next);
    b.assign(parameter, parameter + next);
  }
};

/// Adam: Kingma and Ba 2015, section 2, in the form whose bias corrections are folded into the rate:
/// w ← w − η √(1−β₂ᵗ)/(1−β₁ᵗ) · m / (√v + ε).
struct adam {
  Annealed learning_rate = 0.001f;
  float beta1 = 0.9f;
  float beta2 = 0.999f;
  float epsilon = 1e-7f;

  constexpr void update(Tensor parameter, Tensor gradient, Tensor rate, Tensor step) const {
    Builder& b = *parameter.builder;
    b.assign(parameter, parameter - change(parameter, gradient, rate, step));
  }

  /// What is taken off the parameter; also writes the moments' assignments.
  constexpr Tensor change(Tensor parameter, Tensor gradient, Tensor rate, Tensor step) const {
    Builder& b = *parameter.builder;
    const auto power = [&](float base) { return exp(step * log(b.constant(base))); };
    const Tensor corrected = rate * sqrt(1.0f - power(beta2)) / (1.0f - power(beta1));
    const Tensor m = b.state(parameter, "m");
    const Tensor v = b.state(parameter, "v");
    const Tensor next_m = beta1 * m + (1.0f - beta1) * gradient;
    const Tensor next_v = beta2 * v + (1.0f - beta2) * square(gradient);
    b.assign(m, next_m);
    b.assign(v, next_v);
    return corrected * next_m / (sqrt(next_v) + epsilon);
  }
};

/// Adam with decoupled weight decay: Loshchilov and Hutter 2019, algorithm 2. Only matrices decay.
struct adam_w {
  Annealed learning_rate = 0.001f;
  float weight_decay = 0.004f;
  float beta1 = 0.9f;
  float beta2 = 0.999f;
  float epsilon = 1e-7f;

  constexpr void update(Tensor parameter, Tensor gradient, Tensor rate, Tensor step) const {
    Builder& b = *parameter.builder;
    Tensor next = parameter;
    if (parameter.shape().rank > 1) next = parameter - rate * weight_decay * parameter;
    const adam inner{learning_rate, beta1, beta2, epsilon};
    b.assign(parameter, next - inner.change(parameter, gradient, rate, step));
  }
};

}  // namespace isthmus
