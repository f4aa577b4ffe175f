// Penalties: terms of a loss that look at layers inside of the model, by their names.
#pragma once

#include <isthmus/declare/layers.hpp>
#include <isthmus/declare/losses.hpp>

namespace isthmus {

/// The result of the layer called `name`, inside of a loss: `y` is the loss's first argument. A name that no layer
/// on the way to an output has is a mistake, reported with the shapes of the input and the reconstruction.
constexpr Tensor layer_of(Tensor y, const char* name) {
  Builder& b = *y.builder;
  const GraphView model = b.model();
  const int found = Scope::find_result(model, name);
  if (found >= 0) return b.tensor(found);
  const int input = first_port(model, PortKind::data);
  b.diagnostic().record(Mistake::unknown_name, name, input < 0 ? Shape{} : model[input].shape, y.shape());
  return y;
}

namespace declare {

struct L1Activity : Term {
  static constexpr const char* name = "l1";
  const char* layer;
  constexpr explicit L1Activity(const char* l) : layer(l) {}
  constexpr Tensor operator()(Tensor y, Tensor /*target*/) const {
    return mean_over_batch(abs(layer_of(y, layer)));
  }
};

struct KlSparsity : Term {
  static constexpr const char* name = "sparsity";
  const char* layer;
  float target;
  constexpr KlSparsity(const char* l, float t) : layer(l), target(t) {}
  constexpr Tensor operator()(Tensor y, Tensor /*target*/) const {
    Builder& b = *y.builder;
    const Tensor h = layer_of(y, layer);
    if (!(target > 0 && target < 1)) {
      b.in_layer(layer);
      b.mistake(Mistake::target_out_of_range, shape_of(batch, in_percent(target)));
      return b.constant(0.0f);
    }
    const Shape& shape = h.shape();
    const Shape units = shape_of(shape.dim[shape.rank - 1]);
    const auto places = static_cast<float>(shape.elements_per_sample() / units.dim[0]);
    const Tensor total = b.sum_to(h, units);
    const Tensor activity = total / (b.host_scalar(HostScalar::batch_size) * places);
    // An activation that is no probability, or a unit that is always off, is no reason for an infinite loss.
    const float tiny = 1e-6f;
    const Tensor q = b.clamp(activity, tiny, 1.0f - tiny);
    const Tensor on = target * log(target / q);
    const Tensor off = (1.0f - target) * log((1.0f - target) / (1.0f - q));
    return sum(on + off);
  }
};

struct GaussianKl : Term {
  static constexpr const char* name = "kl";
  const char* mean_layer;
  const char* log_variance_layer;
  constexpr GaussianKl(const char* m, const char* v) : mean_layer(m), log_variance_layer(v) {}
  constexpr Tensor operator()(Tensor y, Tensor /*target*/) const {
    const Tensor mu = layer_of(y, mean_layer), log_var = layer_of(y, log_variance_layer);
    if (!(mu.shape() == log_var.shape())) {
      y.builder->diagnostic().record(Mistake::shapes_differ, log_variance_layer, mu.shape(), log_var.shape());
      return y.builder->constant(0.0f);
    }
    const Tensor squares = square(mu);
    return mean_over_batch(squares + exp(log_var) - log_var - 1.0f) * 0.5f;
  }
};

}  // namespace declare

/// The mean over the batch of Σ |h| over a sample, h the result of this layer.
constexpr declare::L1Activity l1_activity(const char* layer) { return declare::L1Activity(layer); }

/// Σ over the units j of KL(ρ || ρ̂ⱼ), ρ̂ⱼ the unit's mean activation over the batch (and over all pixels of an
/// image): ρ log(ρ / ρ̂ⱼ) + (1 - ρ) log((1 - ρ) / (1 - ρ̂ⱼ)). For activations in (0, 1). Source: Ng, CS294A lecture
/// notes "Sparse autoencoder", section 3.
constexpr declare::KlSparsity kl_sparsity(const char* layer, float target) {
  return declare::KlSparsity(layer, target);
}

/// The mean over the batch of KL(N(μ, σ²) || N(0, 1)) = ½ Σ (μ² + σ² - log σ² - 1), in nats; the layers give μ and
/// log σ². Source: Kingma and Welling 2013, appendix B.
constexpr declare::GaussianKl gaussian_kl(const char* mean, const char* log_variance) {
  return declare::GaussianKl(mean, log_variance);
}

}  // namespace isthmus
