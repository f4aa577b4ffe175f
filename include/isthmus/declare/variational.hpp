// The code as a random variable.
#pragma once

#include <isthmus/declare/training_only.hpp>

namespace isthmus {

/// z = μ + σ ε with ε from N(0, 1), wherever there is a loss; μ itself where the model is used. `log_var` is log
/// σ²; the split encoder gives it beside the code, by its layer's name. ε is a function of (seed, step, sample,
/// element). Source: Kingma and Welling 2013, section 2.4.
constexpr Tensor reparameterize(Tensor mu, Tensor log_var, const char* name = "z") {
  Scope& b = declare::scope_of(mu);
  const char* const deviation = log_var.node().label.layer;
  b.begin_layer(name, "reparameterize", mu.shape());
  if (!(mu.shape() == log_var.shape())) {
    b.mistake(Mistake::shapes_differ, mu.shape(), log_var.shape());
    return mu;
  }
  b.side_output(log_var, deviation);
  const Tensor noise = declare::draw(Distribution::normal, mu, "noise", false);
  return b.by_mode(Mode::sampling, mu + exp(0.5f * log_var) * noise, mu);
}

}  // namespace isthmus
