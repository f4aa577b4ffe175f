// Optimizers: how a gradient changes its parameter, as nodes of the training graph. Each is a value whose
// `update` writes the assignments for one parameter. A learning rate may change with the step: anneal.hpp.
#pragma once

#include <isthmus/anneal.hpp>

namespace isthmus {

namespace differentiate {

/// A state beside a parameter, in the shape of `now`, that becomes kept · state + share · now; gives what it
/// becomes.
template <class Weight>
constexpr Tensor running_mean(Tensor parameter, const char* name, Tensor now, Weight kept, Weight share) {
  Builder& b = *parameter.builder;
  const Tensor running = b.state(parameter, name);
  b.graph().nodes.back().shape = now.shape();
  const Tensor before = kept * running;
  const Tensor next = before + share * now;
  b.assign(running, next);
  return next;
}

}  // namespace differentiate

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

  /// The update that is subtracted from the parameter; also writes the moments' assignments.
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

/// RMSprop: Tieleman and Hinton 2012, lecture 6.5, as Keras has it: v ← ρ v + (1−ρ) g², u ← μ u + η g / √(v + ε),
/// w ← w − u. If `centered`, v − a² stands for v under the root, a the running mean of g: Graves 2013, equations
/// 38 to 41. PyTorch adds ε to the root instead of under it, multiplies by η behind the momentum, and calls ρ
/// alpha (0.99).
struct rms_prop {
  Annealed learning_rate = 0.001f;
  float rho = 0.9f;
  float momentum = 0.0f;
  float epsilon = 1e-7f;
  bool centered = false;

  constexpr void update(Tensor parameter, Tensor gradient, Tensor rate, Tensor /*step*/) const {
    Builder& b = *parameter.builder;
    Tensor variance = differentiate::running_mean(parameter, "squares", square(gradient), rho, 1.0f - rho);
    if (centered) {
      const Tensor average = differentiate::running_mean(parameter, "average", gradient, rho, 1.0f - rho);
      variance = variance - square(average);
      // For a constant gradient, rounding can make the variance negative.
      variance = maximum(variance, b.constant(0.0f));
    }
    Tensor change = rate * gradient / sqrt(variance + epsilon);
    if (momentum != 0.0f) {
      const Tensor velocity = b.state(parameter, "velocity");
      change = momentum * velocity + change;
      b.assign(velocity, change);
    }
    b.assign(parameter, parameter - change);
  }
};

/// Lion: Chen et al. 2023, algorithm 2: w ← w − η (sign(β₁ m + (1−β₁) g) + λ w), m ← β₂ m + (1−β₂) g. As with
/// AdamW, only matrices decay. Every value moves by η in each step: rates are a tenth of Adam's.
struct lion {
  Annealed learning_rate = 1e-4f;
  float beta1 = 0.9f;
  float beta2 = 0.99f;
  float weight_decay = 0.0f;

  constexpr void update(Tensor parameter, Tensor gradient, Tensor rate, Tensor /*step*/) const {
    Builder& b = *parameter.builder;
    const Tensor m = b.state(parameter, "m");
    const auto mixed = [&](float beta) {
      const Tensor kept = beta * m;
      return kept + (1.0f - beta) * gradient;
    };
    Tensor direction = sign(mixed(beta1));
    if (weight_decay != 0.0f && parameter.shape().rank > 1) direction = direction + weight_decay * parameter;
    b.assign(parameter, parameter - rate * direction);
    b.assign(m, mixed(beta2));
  }
};

/// Adafactor: Shazeer and Stern 2018, algorithms 4 and 5, with Keras' defaults. Of a matrix's squared gradients it
/// keeps the running sums of rows and of columns alone, R and C: U = G / √(R C / ΣR). Of vectors and of weights of
/// convolutions it keeps all. w ← w − max(ε₂, RMS(w)) min(η, 1/√t) U / max(1, RMS(U) / d).
struct adafactor {
  Annealed learning_rate = 0.001f;
  float decay = 0.8f;  ///< the newest gradient's share of R and C is t to minus this
  float epsilon1 = 1e-30f;
  float epsilon2 = 1e-3f;
  float clip_threshold = 1.0f;  ///< d

  constexpr void update(Tensor parameter, Tensor gradient, Tensor rate, Tensor step) const {
    Builder& b = *parameter.builder;
    const Tensor share = exp(-decay * log(step));
    const Tensor squares = square(gradient) + epsilon1;
    const Tensor direction = parameter.shape().rank == 2
                                 ? by_factors(parameter, gradient, squares, share)
                                 : gradient / sqrt(running_mean(parameter, "squares", squares, share));
    const Tensor excess = root_mean_square(direction) / clip_threshold;
    const Tensor bounded = direction / maximum(excess, b.constant(1.0f));
    const Tensor size = root_mean_square(parameter);
    const Tensor scale = maximum(size, b.constant(epsilon2));
    const Tensor relative_rate = minimum(rate, 1.0f / sqrt(step));
    b.assign(parameter, parameter - scale * relative_rate * bounded);
  }

 private:
  static constexpr Tensor root_mean_square(Tensor x) { return sqrt(mean(square(x))); }

  static constexpr Tensor running_mean(Tensor parameter, const char* name, Tensor now, Tensor share) {
    return differentiate::running_mean(parameter, name, now, 1.0f - share, share);
  }

  static constexpr Tensor by_factors(Tensor parameter, Tensor gradient, Tensor squares, Tensor share) {
    Builder& b = *parameter.builder;
    const Shape shape = parameter.shape();
    // Rows' sums are kept as a row: a column would lie in memory with fifteen empty lanes beside each value.
    const Tensor of_rows = transpose(row_sum(squares));
    const Tensor rows = running_mean(parameter, "rows", of_rows, share);
    const Tensor of_columns = b.sum_to(squares, shape_of(shape.dim[1]));
    const Tensor columns = running_mean(parameter, "columns", of_columns, share);
    // A root of each factor: where the gradient is zero, the product of the factors underflows.
    const Tensor part_of_row = sqrt(transpose(rows / sum(rows)));
    const Tensor by_row = gradient / part_of_row;
    return by_row / sqrt(columns);
  }
};

}  // namespace isthmus
