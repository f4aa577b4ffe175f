// The importance-weighted autoencoder: a loss that draws several codes of each sample.
#pragma once

#include <isthmus/declare/log_weights.hpp>
#include <isthmus/declare/terms.hpp>

namespace isthmus {
namespace declare {

template <int count, class Loss>
struct ImportanceWeighted : Term {
  static constexpr const char* name = "importance";
  static constexpr int draws = count;
  Loss loss;

  constexpr explicit ImportanceWeighted(Loss of) : loss(of) {}
  constexpr Tensor operator()(Tensor y, Tensor target) const {
    Builder& b = *y.builder;
    const DrawnCode drawn = find_drawn_code(b.model());
    if (drawn.code < 0) b.mistake(Mistake::code_is_not_drawn, y.shape());
    if (b.diagnostic() || !same_shapes(y, target)) return b.constant(0.0f);
    const Tensor weights = log_weights<count>(y, target, loss, drawn);
    // The largest is taken off first, which changes nothing but the range.
    const Tensor largest = stop_gradient(row_max(weights));
    const Tensor mean = row_sum(exp(weights - largest)) / static_cast<float>(count);
    return -mean_over_batch(largest + log(mean));
  }
  constexpr Tensor log_likelihood(Tensor y, Tensor target, Over over) const {
    return loss.log_likelihood(y, target, over);
  }
};

}  // namespace declare

/// `importance_weighted<50>(bernoulli)`: the mean over the batch of -log 1/K Σ_k p(x | z_k) p(z_k) / q(z_k | x)
/// with K = 50 codes drawn for each sample, a bound on -log p(x) that is the tighter the larger K is; with K = 1
/// that of a variational autoencoder whose KL divergence is drawn as well. The code is
/// `bottleneck(reparameterize(…))`, its prior N(0, I), and takes the place of `gaussian_kl`; the likelihood is
/// `bernoulli`, `gaussian`, `compare` of one of them, or a sum of these. The encoder runs once for a sample, the
/// decoder for each code: it consists of dense layers and of what is computed value by value or row by row.
/// Source: Burda, Grosse and Salakhutdinov, "Importance weighted autoencoders" (2015), equations 8 and 14.
template <int count, class Loss>
constexpr auto importance_weighted(Loss likelihood) {
  static_assert(count > 0, "isthmus: importance_weighted draws at least one code of each sample");
  static_assert(declare::gives_log_likelihood<Loss>,
                "isthmus: importance_weighted takes a likelihood, such as bernoulli or gaussian");
  return declare::ImportanceWeighted<count, Loss>(likelihood);
}

}  // namespace isthmus
