// The words for what happens in training only: corruption of the data, dropout, and normalization over the batch.
// Their random numbers are a function of (seed, step, sample in the batch, element): the same for any number of
// threads and after a resumption, and new in every step. With `fixed` they are keyed by the sample of the data set
// instead, so that a sample looks the same in every epoch.
#pragma once

#include <isthmus/declare/layers.hpp>

namespace isthmus {
namespace declare {

/// Says that a corruption is the same in every epoch.
struct Fixed {};

constexpr bool is_rate(Builder& b, float rate) {
  if (rate >= 0 && rate < 1) return true;
  b.mistake(Mistake::rate_out_of_range, shape_of(batch, in_percent(rate)));
  return false;
}

/// Random numbers for x. Their stream is the node's name: a layer's second draw is called `enc1.noise.01`.
constexpr Tensor draw(Distribution distribution, Tensor x, const char* part, bool fixed) {
  Builder& b = *x.builder;
  int earlier = 0;
  for (const Node& node : b.view())
    if (node.op == Op::random && same_text(node.label.layer, b.layer()) && same_text(node.label.part, part))
      ++earlier;
  const Tensor numbers = b.random(distribution, x.shape(), part, fixed);
  if (earlier > 0 && earlier < automatic_names)
    b.graph().nodes.back().label.moment = automatic.text[earlier] + automatic_stem;
  return numbers;
}

enum class Corruption { gaussian, masking, salt_and_pepper, dropout };

/// One of the corruptions; active with a loss (dropout: in training), the identity elsewhere.
template <Corruption kind>
struct Noise : Layer {
  float amount;
  bool fixed;
  static constexpr int max_nodes = kind == Corruption::gaussian || kind == Corruption::masking ? 5 : 7;

  constexpr explicit Noise(float a, bool f = false) : amount(a), fixed(f) {}
  constexpr Tensor operator()(Tensor x) const {
    Builder& b = *x.builder;
    if (kind != Corruption::gaussian && !is_rate(b, amount)) return x;
    return b.by_mode(kind == Corruption::dropout ? Mode::training : Mode::corruption, corrupt(b, x), x);
  }

 private:
  constexpr Tensor corrupt(Builder& b, Tensor x) const {
    if constexpr (kind == Corruption::gaussian) {
      return x + amount * draw(Distribution::normal, x, "noise", fixed);
    } else {
      const char* part = kind == Corruption::dropout ? "dropout" : "noise";
      const Tensor u = draw(Distribution::uniform, x, part, fixed);
      const Tensor kept = greater(u, b.constant(amount));
      if constexpr (kind == Corruption::masking) return x * kept;
      else if constexpr (kind == Corruption::dropout) return x * (kept * (1.0f / (1.0f - amount)));
      // Below half the rate: black; from there to the rate: white.
      else return select(kept, x, greater(u, b.constant(0.5f * amount)));
    }
  }
};

template <Corruption kind>
struct NoiseWord {
  constexpr Noise<kind> operator()(float amount) const { return Noise<kind>(amount); }
  constexpr Noise<kind> operator()(float amount, Fixed) const { return Noise<kind>(amount, true); }
};

struct Clip : Layer {
  float low, high;
  static constexpr int max_nodes = 4;
  constexpr Clip(float l, float h) : low(l), high(h) {}
  constexpr Tensor operator()(Tensor x) const { return x.builder->clamp(x, low, high); }
};

/// Normalizes each channel over the batch and all pixels: (x - mean) / √(variance + ε) · scale + shift. Elsewhere
/// than in training, and in a frozen layer, the running mean and variance serve. Source: Ioffe and Szegedy 2015,
/// algorithms 1 and 2.
struct BatchNorm : Layer {
  const char* name;
  float momentum, epsilon;
  static constexpr int max_nodes = 39;

  constexpr BatchNorm(const char* layer_name, float m, float e) : name(layer_name), momentum(m), epsilon(e) {}
  constexpr Tensor operator()(Tensor x) const {
    Scope& b = scope_of(x);
    const Shape shape = x.shape();
    const Shape channels = shape_of(shape.rank > 0 ? shape.dim[shape.rank - 1] : 1);
    b.begin_layer(name, "batch_norm", shape);
    is_rate(b, momentum);
    const Tensor scale = b.parameter("scale", channels, Initializer::constant, 1.0f);
    const Tensor shift = b.parameter("shift", channels, Initializer::zeros);
    const Tensor running_mean = b.statistic("mean", channels, 0.0f);
    const Tensor running_variance = b.statistic("variance", channels, 1.0f);
    int pixels = 1;
    for (int i = shape.has_batch() ? 1 : 0; i < shape.rank - 1; ++i) pixels *= shape.dim[i];
    const Tensor count = b.host_scalar(HostScalar::batch_size) * static_cast<float>(pixels);
    const Tensor mean = b.sum_over_batch(x, channels) / count;
    const Tensor centred = x - mean;
    const Tensor variance = b.sum_over_batch(square(centred), channels) / count;
    const Tensor trained = centred * (scale / sqrt(variance + epsilon)) + shift;
    // Of a network that is applied several times, the first one's statistics are kept.
    if (!b.shares_parameters()) {
      b.assign(running_mean, moved(running_mean, mean));
      b.assign(running_variance, moved(running_variance, variance));
    }
    const Tensor shifted = x - running_mean;
    const Tensor used = shifted * (scale / sqrt(running_variance + epsilon)) + shift;
    return b.by_mode(Mode::statistics, trained, used);
  }

 private:
  constexpr Tensor moved(Tensor running, Tensor now) const {
    const Tensor kept = momentum * running;
    return kept + (1.0f - momentum) * now;
  }
};

struct BatchNormWord {
  constexpr BatchNorm operator()(const char* name, float momentum = 0.99f, float epsilon = 1e-3f) const {
    return BatchNorm(name, momentum, epsilon);
  }
  constexpr Tensor operator()(Tensor x, const char* name = "", float momentum = 0.99f,
                              float epsilon = 1e-3f) const {
    return (*this)(name, momentum, epsilon)(x);
  }
};

}  // namespace declare

/// The same corruption in every epoch: `gaussian_noise(0.5f, fixed)`.
inline constexpr declare::Fixed fixed{};

/// `gaussian_noise(0.5f)`: x + 0.5 · N(0, 1).
inline constexpr declare::NoiseWord<declare::Corruption::gaussian> gaussian_noise{};
/// `masking_noise(0.3f)`: each value is zero with probability 0.3. Vincent et al. 2010, section 3.3.
inline constexpr declare::NoiseWord<declare::Corruption::masking> masking_noise{};
/// `salt_and_pepper(0.1f)`: each value is 0 with probability 0.05, and 1 with probability 0.05.
inline constexpr declare::NoiseWord<declare::Corruption::salt_and_pepper> salt_and_pepper{};
/// `dropout(0.5f)`: each value is zero with probability 0.5, the others twice as large. Srivastava et al. 2014.
inline constexpr declare::NoiseWord<declare::Corruption::dropout> dropout{};

/// `clip(0, 1)`: what is below or above becomes the bound.
constexpr declare::Clip clip(float low, float high) { return {low, high}; }

/// `batch_norm("bn1")`; options: momentum of the running statistics (0.99), ε (1e-3).
inline constexpr declare::BatchNormWord batch_norm{};

}  // namespace isthmus
