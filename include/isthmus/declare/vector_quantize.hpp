// Codes of a finite set: each vector of a tensor becomes the nearest one of a codebook. The words of the layer and
// of the terms that go with it. Source: van den Oord, Vinyals and Kavukcuoglu 2017, "Neural Discrete
// Representation Learning".
#pragma once

#include <isthmus/declare/codebook_average.hpp>
#include <isthmus/declare/losses.hpp>
#include <isthmus/declare/penalties.hpp>

namespace isthmus {
namespace declare {

struct CodebookOptions {
  const Initializer* start = &Initializer::glorot_uniform;
  float start_value = 0;
  bool is_averaged = false;
  MovingAverage average = {};
};
constexpr void apply_option(CodebookOptions& options, WeightStart start) {
  options.start = start.initializer;
  options.start_value = start.value;
}
constexpr void apply_option(CodebookOptions& options, MovingAverage average) {
  options.is_averaged = true;
  options.average = average;
}

/// Rows, those of a matrix each by itself, and the channels of each pixel of an image are vectors z; each becomes
/// the nearest of the codebook's vectors e, the first of several as near: [n] → [n], [rows, n] → [rows, n], [H, W,
/// n] → [H, W, n]. ‖z - e‖² is least where z · e - ½ ‖e‖² is largest: a product with the codebook finds all of
/// these, and one of rows with a single 1, at the largest, picks the vectors.
template <int Count>
struct VectorQuantize : Layer {
  const char* name;
  CodebookOptions options;
  static constexpr int max_nodes = 160;

  constexpr VectorQuantize(const char* layer_name, CodebookOptions o) : name(layer_name), options(o) {}
  constexpr Tensor operator()(Tensor z) const {
    Scope& b = scope_of(z);
    b.begin_layer(name, "vector_quantize", z.shape());
    require_positive(b, Count);
    const Shape row = shape_of(batch, z.shape().elements_per_sample());
    if (z.shape().rank < 2 || !z.shape().has_batch()) {
      b.mistake(Mistake::not_a_row, z.shape(), row);
      z = b.broadcast(z, row);
    }
    const Shape vectors = shape_of(count, z.shape().dim[z.shape().rank - 1]);
    const Tensor codebook = options.is_averaged
                                ? b.statistic("weight", vectors, *options.start, options.start_value)
                                : b.parameter("weight", vectors, *options.start, options.start_value);
    const Tensor norms = b.sum_to(square(codebook), shape_of(count, 1));
    const Tensor chosen = hardmax(scores(z, codebook) - 0.5f * reshape(norms, shape_of(count)));
    b.side_output(picked(chosen, reshape(whole_numbers(b, count), shape_of(count, 1))), name);
    if (options.is_averaged) CodebookAverage(b, options.average, count).follow(z, chosen, codebook);
    return straight_through(z, picked(chosen, codebook));
  }

 private:
  // After a mistake the graph goes on with something.
  static constexpr int count = Count > 0 ? Count : 1;

  /// A matrix as the weights of a convolution of single pixels.
  static constexpr Tensor for_pixels(Tensor matrix) { return reshape(matrix, for_pixels(matrix.shape())); }
  static constexpr Shape for_pixels(const Shape& matrix) { return shape_of(1, 1, matrix.dim[0], matrix.dim[1]); }
  /// z · e for each vector of the codebook.
  static constexpr Tensor scores(Tensor z, Tensor codebook) {
    if (!z.shape().is_spatial()) return matmul(z, codebook, false, true);
    return z.builder->conv2d_transpose(z, for_pixels(codebook), Window{},
                                       ops::spatial_of(ops::places_of(z.shape()), count));
  }
  /// The rows of a matrix that are chosen.
  static constexpr Tensor picked(Tensor chosen, Tensor matrix) {
    if (!chosen.shape().is_spatial()) return matmul(chosen, matrix);
    return chosen.builder->conv2d(chosen, for_pixels(matrix), Window{}, ops::places_of(chosen.shape()));
  }
};

template <int Count>
struct VectorQuantizeWord {
  template <class... Option>
  constexpr auto operator()(const char* name, Option... option) const {
    CodebookOptions options;
    (apply_option(options, option), ...);
    return VectorQuantize<Count>(name, options);
  }
  template <class... Option>
  constexpr Tensor operator()(Tensor x, const char* name = "", Option... option) const {
    return (*this)(name, option...)(x);
  }
};

/// The tensors of a layer that quantizes, inside of a loss.
struct Quantized {
  Tensor z;                 ///< what is quantized
  Tensor chosen;            ///< for each vector a row with a 1 at its nearest one
  Tensor vectors;           ///< the nearest ones
  bool is_trained = false;  ///< whether the codebook has a gradient
};
/// Those of the layer called `name`. A name that no layer has, or one of a layer that does not quantize, is a
/// mistake; then all are the reconstruction.
constexpr Quantized quantized_of(Tensor y, const char* name) {
  Builder& b = *y.builder;
  const Tensor result = layer_of(y, name);
  const GraphView model = b.model();
  for (int i = model.size - 1; i >= 0; --i) {
    if (model[i].function != &ops::straight_through || !same_text(model[i].label.layer, name)) continue;
    const Node& picked = model[model[i].inputs[1]];
    int codebook = picked.inputs[1];
    while (model[codebook].op != Op::parameter && model[codebook].inputs[0] >= 0)
      codebook = model[codebook].inputs[0];
    return {b.tensor(model[i].inputs[0]), b.tensor(picked.inputs[0]), b.tensor(model[i].inputs[1]),
            model[codebook].op == Op::parameter && model[codebook].trained};
  }
  b.diagnostic().record(Mistake::not_a_codebook, name, result.shape());
  return {y, y, y};
}

struct Commitment : Term {
  static constexpr const char* name = "commitment";
  const char* layer;
  float cost;
  constexpr Commitment(const char* l, float c) : layer(l), cost(c) {}
  constexpr Tensor operator()(Tensor y, Tensor /*target*/) const {
    Builder& b = *y.builder;
    if (!(cost >= 0)) b.diagnostic().record(Mistake::bound_is_negative, name, shape_of(batch, in_percent(cost)));
    const Quantized at = quantized_of(y, layer);
    const Tensor committed = cost * mean(square(at.z - stop_gradient(at.vectors)));
    if (!at.is_trained) return committed;
    return committed + mean(square(stop_gradient(at.z) - at.vectors));
  }
};

struct Perplexity : Term {
  static constexpr const char* name = "perplexity";
  const char* layer;
  constexpr explicit Perplexity(const char* l) : layer(l) {}
  constexpr Tensor operator()(Tensor y, Tensor /*target*/) const {
    Builder& b = *y.builder;
    const Tensor chosen = quantized_of(y, layer).chosen;
    const int count = chosen.shape().dim[chosen.shape().rank - 1];
    const auto places = static_cast<float>(chosen.shape().elements_per_sample() / count);
    const Tensor uses = b.sum_to(chosen, shape_of(count));
    const Tensor share = uses / (b.host_scalar(HostScalar::batch_size) * places);
    // The logarithm of what is never used counts zero times.
    const float tiny = 1e-20f;
    return exp(-sum(share * log(maximum(share, b.constant(tiny)))));
  }
};

}  // namespace declare

/// `vector_quantize<512>("codebook")`: of a row, or of each pixel's channels, the nearest of 512 vectors. The
/// gradient goes straight through to what is quantized. The codebook is a parameter [512, n], `codebook.weight`,
/// which `commitment` trains; or it follows moving averages: `vector_quantize<512>("codebook",
/// moving_average(0.99f))`. The encoder gives the indices of the vectors beside the code, under the layer's name.
/// A NaN in a vector makes the vector and its index NaN. Options for the start: those of a dense layer's weights.
template <int Count>
inline constexpr declare::VectorQuantizeWord<Count> vector_quantize{};

/// An option of vector_quantize: the codebook's vectors are the means of what they stand for, by moving averages
/// with this decay and, so that no mean is of nothing, this ε: van den Oord et al. 2017, appendix A.1. With
/// `moving_average(0.99f).restarted_below(1.0f)` what is hardly used restarts at vectors of the batch.
constexpr declare::MovingAverage moving_average(float decay, float epsilon = 1e-5f) { return {decay, epsilon}; }

/// β (z - sg(e))² and, if the layer's codebook is trained by gradients, (sg(z) - e)²: means over the batch and all
/// values, z what the layer quantizes, e what it gives, sg without a gradient. Van den Oord et al. 2017,
/// equation 3.
constexpr declare::Commitment commitment(const char* layer, float cost) { return {layer, cost}; }

/// exp(-Σ pᵢ log pᵢ), pᵢ the share of a codebook's vector i in a batch: how many are in use, between 1 and all. It
/// has no gradient; `0.0f * perplexity("codebook")` reports it.
constexpr declare::Perplexity perplexity(const char* layer) { return declare::Perplexity(layer); }

}  // namespace isthmus
