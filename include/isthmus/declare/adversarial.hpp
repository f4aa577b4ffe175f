// The losses of a critic that tells codes from draws of a prior, and of an encoder that makes it fail.
#pragma once

#include <isthmus/declare/network.hpp>
#include <isthmus/declare/penalties.hpp>
#include <isthmus/declare/training_only.hpp>

namespace isthmus {

/// Inside of a loss: numbers from N(0, 1) in the shape of x, one draw for each name. They are a function of (seed,
/// step, sample, element); where nothing is trained, the same for a sample in every run.
constexpr Tensor standard_normal_like(Tensor x, const char* name) {
  return declare::draw(Distribution::normal, x, name, false);
}

namespace declare {

template <class Critic>
struct DiscriminatorLoss : Term {
  static constexpr const char* name = "discriminator";
  Critic critic;
  const char* layer;
  constexpr DiscriminatorLoss(Critic c, const char* l) : critic(c), layer(l) {}
  constexpr Tensor operator()(Tensor y, Tensor /*target*/) const {
    Builder& b = *y.builder;
    const Tensor code = layer_of(y, layer);
    const Tensor of_prior = critic(standard_normal_like(code, "prior"));
    const Tensor of_code = critic(code);
    // -log σ(z) = softplus(-z), and -log(1 - σ(z)) = softplus(z).
    const Tensor missed = b.unary(ops::softplus, -of_prior);
    return mean(missed + b.unary(ops::softplus, of_code));
  }
};

template <class Critic>
struct GeneratorLoss : Term {
  static constexpr const char* name = "generator";
  Critic critic;
  const char* layer;
  constexpr GeneratorLoss(Critic c, const char* l) : critic(c), layer(l) {}
  constexpr Tensor operator()(Tensor y, Tensor /*target*/) const {
    return mean(y.builder->unary(ops::softplus, -critic(layer_of(y, layer))));
  }
};

}  // namespace declare

/// The mean over the batch of -log D(p) - log(1 - D(h)): h is the result of this layer, p a draw from N(0, 1) of
/// its shape, and D = σ(critic), which ends in a value without a sigmoid. Minimal where the critic tells them
/// apart; 2 log 2 for one that cannot. Source: Goodfellow et al. 2014, algorithm 1; Makhzani et al. 2015,
/// section 2.
template <class Critic>
constexpr auto discriminator_loss(Critic critic, const char* layer) {
  return declare::DiscriminatorLoss<Critic>(critic, layer);
}

/// The mean over the batch of -log D(h): minimal where the critic takes this layer's results for draws from N(0,
/// 1). Source: Goodfellow et al. 2014, section 3, in the form whose gradient does not vanish.
template <class Critic>
constexpr auto generator_loss(Critic critic, const char* layer) {
  return declare::GeneratorLoss<Critic>(critic, layer);
}

}  // namespace isthmus
