// Losses of models with several inputs: what is compared with which input, and how much each value counts.
#pragma once

#include <isthmus/declare/binarize.hpp>
#include <isthmus/declare/losses.hpp>
#include <isthmus/declare/penalties.hpp>

#include <concepts>

namespace isthmus {

/// The input called `name`, inside of a loss, or what was drawn from it if it is binarized: `y` is the loss's
/// first argument. Another name is a mistake.
constexpr Tensor port_of(Tensor y, const char* name) {
  Builder& b = *y.builder;
  const int found = find_port(b.view(), name);
  if (found >= 0) return observed(b, found);
  const int first = first_port(b.view(), PortKind::data);
  b.diagnostic().record(Mistake::unknown_port, name, {}, {}, first < 0 ? "" : b[first].label.layer);
  return y;
}

namespace declare {

template <class Loss>
struct Compared : Term {
  const char* layer;  ///< null: the reconstruction
  const char* port;
  Loss loss;
  static constexpr const char* name = Loss::name;

  constexpr Compared(const char* l, const char* p, Loss of) : layer(l), port(p), loss(of) {}
  constexpr Tensor operator()(Tensor y, Tensor /*target*/) const {
    return loss(layer == nullptr ? y : layer_of(y, layer), port_of(y, port));
  }
  constexpr Tensor log_likelihood(Tensor y, Tensor /*target*/, Over over) const
    requires gives_log_likelihood<Loss>
  {
    return loss.log_likelihood(layer == nullptr ? y : layer_of(y, layer), port_of(y, port), over);
  }
};

/// The reduced errors of a loss, each multiplied by its weight: a mean over elements becomes Σ w e / Σ w. Weights
/// have the shape of the errors, or one value for each sample, which counts for all `size` of its errors.
template <class Loss>
constexpr Tensor weighted_errors(const Loss& loss, Tensor errors, Tensor weight, int size) {
  Builder& b = *errors.builder;
  const Tensor total = sum(errors * weight);
  if (Loss::reduction == Reduction::mean_of_sample_sums)
    return loss.scaled(total / b.host_scalar(HostScalar::batch_size));
  const Tensor weights = sum(weight) * static_cast<float>(size);
  // Where nothing counts, nothing is wrong.
  const float tiny = 1e-12f;
  return loss.scaled(total / maximum(weights, b.constant(tiny)));
}

template <class Loss>
struct WeightedBy : Term {
  const char* port;
  Loss loss;
  static constexpr const char* name = Loss::name;

  constexpr WeightedBy(const char* p, Loss of) : port(p), loss(of) {}
  constexpr Tensor operator()(Tensor y, Tensor target) const {
    Builder& b = *y.builder;
    Tensor weight = port_of(y, port);
    if (b.diagnostic() || !same_shapes(y, target)) return b.constant(0.0f);
    Tensor errors = loss.errors(y, target);
    const auto size = static_cast<int>(errors.shape().elements_per_sample());
    const bool is_of_samples = weight.shape().elements_per_sample() == 1;
    if (is_of_samples) {
      weight = reshape(weight, shape_of(batch, 1));
      errors = reshape(errors, shape_of(batch, size));
    } else if (!(weight.shape() == errors.shape())) {
      b.diagnostic().record(Mistake::weight_shape_differs, port, weight.shape(), errors.shape());
      return b.constant(0.0f);
    }
    return weighted_errors(loss, errors, weight, is_of_samples ? size : 1);
  }
  /// What has the weight 0 is not observed: it does not count.
  constexpr Tensor log_likelihood(Tensor y, Tensor target, Over over) const
    requires requires { Loss::normalizer; }
  {
    const Tensor weight = port_of(y, port);
    const Builder& b = *y.builder;
    if (b[find_port(b.view(), port)].shape.elements_per_sample() == 1)
      return loss.log_likelihood(y, target, over) * sum_over(over, weight);
    return -sum_over(over, loss.surprise(y, target) * weight);
  }
};

template <class Loss>
concept compares_values = requires(const Loss& loss, Tensor t) {
  { loss.errors(t, t) } -> std::same_as<Tensor>;
  { Loss::reduction } -> std::convertible_to<Reduction>;
};

}  // namespace declare

/// A loss between the reconstruction, or the result of a layer, and the input of this name:
/// `compare("class", "label", binary_cross_entropy)`. Any input serves, the data as well.
template <class Loss>
constexpr auto compare(const char* port, Loss loss) {
  return declare::Compared<Loss>(nullptr, port, loss);
}
template <class Loss>
constexpr auto compare(const char* layer, const char* port, Loss loss) {
  return declare::Compared<Loss>(layer, port, loss);
}

/// A loss in which each value, or each sample, counts as much as the input of this name says, which is declared by
/// `g.weight<…>(…)`: `weighted_by("mask", mean_squared_error)`. A mean over elements becomes Σ w e / Σ w, and 0
/// where all weights are; of losses that are summed over a sample (bernoulli, gaussian) the errors are multiplied
/// by the weights. One value for each sample counts for all of the sample's. Weights are not negative.
template <class Loss>
constexpr auto weighted_by(const char* port, Loss loss) {
  static_assert(declare::compares_values<Loss>,
                "isthmus: weighted_by takes a loss that compares value with value, such as mean_squared_error");
  return declare::WeightedBy<Loss>(port, loss);
}

}  // namespace isthmus
