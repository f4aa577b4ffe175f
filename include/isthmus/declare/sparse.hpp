// The words for sparse codes: the k largest values of a row (Gao et al. 2024, "Scaling and evaluating sparse
// autoencoders", section 2.3), or those above a threshold; and the loss that revives units that are never kept.
#pragma once

#include <isthmus/declare/penalties.hpp>
#include <isthmus/ops/row_norm.hpp>

namespace isthmus {
namespace declare {

/// [batch, n] → [batch, 2 k]: a sparse row.
template <int K>
struct SparseTopK : Layer {
  static constexpr int max_nodes = 1;
  constexpr Tensor operator()(Tensor x) const { return x.builder->top_k(x, K); }
};

/// [batch, 2 k] → [batch, Width].
template <int Width>
struct Scatter : Layer {
  static constexpr int max_nodes = 1;
  constexpr Tensor operator()(Tensor sparse) const {
    return sparse.builder->sparse_scatter(sparse, sparse, Width);
  }
};

/// [batch, n] → [batch, n].
template <int K>
struct TopK : Layer {
  static constexpr int max_nodes = 2;
  constexpr Tensor operator()(Tensor x) const {
    const Tensor sparse = x.builder->top_k(x, K);
    return x.builder->sparse_scatter(sparse, sparse, x.shape().columns());
  }
};

/// Counts for each of Width units how many samples ago a sparse row last named it, in a statistic of the layer
/// that is being written, `idle`, [Width], in training; gives the sparse row as it is.
template <int Width>
struct CountIdle : Layer {
  static constexpr int max_nodes = 12;
  constexpr Tensor operator()(Tensor sparse) const {
    Builder& b = *sparse.builder;
    const Shape units = shape_of(Width);
    const Tensor idle = b.statistic("idle", units, 0.0f);
    b.graph().nodes.back().retained = true;  // A loss may read it, where nothing is assigned as well.
    const Tensor ones = b.broadcast(b.constant(1.0f), sparse.shape());
    const Tensor uses = b.sum_over_batch(b.sparse_scatter(ones, sparse, Width), units);
    b.assign(idle, select(greater(uses, 0.0f), b.constant(0.0f), idle + b.host_scalar(HostScalar::batch_size)));
    return sparse;
  }
};

/// 1 / ‖w‖ of each row of weights, [units, 1]; of a row of zeros something large.
constexpr Tensor scale_to_unit(Tensor norms) { return 1.0f / maximum(norms, norms.builder->constant(1e-20f)); }

/// The values of a sparse row, each multiplied with its unit's factor, [units, 1], beside columns that are
/// nothing.
constexpr Tensor scaled_values(Tensor values, Tensor where, Tensor factors) {
  Builder& b = *values.builder;
  return values * b.sparse_gather(reshape(factors, shape_of(factors.shape().dim[0])), where);
}

/// Σ vⱼ wⱼ / ‖wⱼ‖ over the values v of a sparse row and the rows w of the weights, [Units, Width]:
/// [batch, 2 k] → [batch, Width]. In training the values are divided, so that no more than these rows are read;
/// else the weights, which is done once.
template <int Width, int Units>
struct Directions : Layer {
  const char* name;
  DenseOptions options;
  static constexpr int max_nodes = 24;

  constexpr Directions(const char* layer_name, DenseOptions o) : name(layer_name), options(o) {}
  constexpr Tensor operator()(Tensor sparse) const {
    Scope& b = scope_of(sparse);
    b.begin_layer(name, "directions", shape_of(batch, Width));
    require_positive(b, Width, Units);
    const Tensor weight = b.parameter("weight", shape_of(units, width), *options.weight, options.weight_value);
    const Tensor factors = scale_to_unit(row_norm(weight));
    const Tensor scattered = b.sparse_scatter(scaled_values(sparse, sparse, factors), sparse, units);
    return b.by_mode(Mode::training, matmul(scattered, weight),
                     matmul(b.sparse_scatter(sparse, sparse, units), weight * factors));
  }

 private:
  // After a mistake the graph goes on with something.
  static constexpr int width = Width > 0 ? Width : 1, units = Units > 0 ? Units : 1;
};
template <int Width, int Units>
struct DirectionsWord {
  template <class... Option>
  constexpr auto operator()(const char* name, Option... option) const {
    DenseOptions options;
    (option.apply(options), ...);
    return Directions<Width, Units>(name, options);
  }
  template <class... Option>
  constexpr Tensor operator()(Tensor x, const char* name = "", Option... option) const {
    return (*this)(name, option...)(x);
  }
};

/// The tensors of a layer whose units are counted by CountIdle, inside of a loss.
struct CountedUnits {
  Tensor activations;  ///< [batch, units], of which the largest are kept
  Tensor idle;         ///< [units]
};
/// Those of the layer called `name`. A name that no layer has, or one of a layer whose units are not counted, is a
/// mistake; then they are the reconstruction and a row of zeros.
constexpr CountedUnits counted_units_of(Tensor y, const char* name) {
  Builder& b = *y.builder;
  const Tensor result = layer_of(y, name);
  const GraphView model = b.model();
  int kept = -1, idle = -1;
  for (int i = 0; i < model.size; ++i) {
    if (!same_text(model[i].label.layer, name)) continue;
    if (model[i].op == Op::top_k) kept = model[i].inputs[0];
    if (model[i].op == Op::parameter && same_text(model[i].label.part, "idle")) idle = i;
  }
  if (kept >= 0 && idle >= 0) return {b.tensor(kept), b.tensor(idle)};
  b.diagnostic().record(Mistake::not_counted, name, result.shape());
  return {y, b.broadcast(b.constant(0.0f), shape_of(y.shape().columns()))};
}

/// What the layer called `name` makes of a sparse row, without a bias, inside of a loss. One whose weights have
/// another shape, [units, width], is a mistake; then it is nothing.
constexpr Tensor decoded(Tensor y, const char* name, Tensor values, Tensor where, Shape weights) {
  Builder& b = *y.builder;
  const Tensor result = layer_of(y, name);
  const GraphView model = b.model();
  int weight = -1, norms = -1;
  for (int i = 0; i < model.size; ++i) {
    if (!same_text(model[i].label.layer, name)) continue;
    if (model[i].op == Op::parameter && model[i].shape == weights) weight = i;
    if (model[i].row_operation == &ops::row_norm) norms = i;
  }
  if (weight < 0) {
    b.diagnostic().record(Mistake::shapes_differ, name, result.shape(), weights);
    return b.broadcast(b.constant(0.0f), y.shape());
  }
  if (norms >= 0) values = scaled_values(values, where, scale_to_unit(b.tensor(norms)));
  return matmul(b.sparse_scatter(values, where, weights.dim[0]), b.tensor(weight));
}

template <int K>
struct AuxK : Term {
  static constexpr const char* name = "aux_k";
  const char* encoder;
  const char* decoder;
  float dead_after;

  constexpr AuxK(const char* e, const char* d, float samples) : encoder(e), decoder(d), dead_after(samples) {}
  constexpr Tensor operator()(Tensor y, Tensor target) const {
    Builder& b = *y.builder;
    if (!(dead_after >= 0))
      b.diagnostic().record(Mistake::bound_is_negative, name, shape_of(batch, in_percent(dead_after)));
    if (!same_shapes(y, target)) return b.constant(0.0f);
    const CountedUnits units = counted_units_of(y, encoder);
    // Units in use are zeros here, and zeros, as what is below them, have no column.
    const Tensor kept = b.top_k(units.activations * greater(units.idle, dead_after), K);
    const Shape half = shape_of(batch, kept.shape().columns() / 2);
    const Tensor amounts = b.region(kept, {}, half), columns = b.region(kept, {half.columns()}, half);
    const Tensor where = b.concat({amounts, select(greater(amounts, 0.0f), columns, b.constant(-1.0f)), {}}, 0);
    const Tensor values = b.sparse_gather(units.activations, where);
    const Shape weights = shape_of(units.activations.shape().columns(), y.shape().columns());
    return mean(square(decoded(y, decoder, values, where, weights) - stop_gradient(target - y)));
  }
};

/// x where it is above a threshold of its unit, else 0: [batch, n] → [batch, n]. The threshold's gradient is that
/// of a step that rises over `bandwidth`: Rajamanoharan et al. 2024, "Jumping Ahead", equations 11 and 12.
struct JumpRelu : Layer {
  const char* name;
  float threshold, bandwidth;
  static constexpr int max_nodes = 24;

  constexpr JumpRelu(const char* layer_name, float t, float w) : name(layer_name), threshold(t), bandwidth(w) {}
  constexpr Tensor operator()(Tensor x) const {
    Scope& b = scope_of(x);
    b.begin_layer(name, "jump_relu", x.shape());
    require_positive_bound(b, bandwidth);
    const Tensor at = b.parameter("threshold", shape_of(x.shape().columns()), Initializer::constant, threshold);
    const Tensor passed = x * greater(x, at);
    // Zero, but with a gradient: -(θ / ε) where x is within ε / 2 of θ.
    const Tensor near = greater(b.constant(0.5f * bandwidth), abs(x - at));
    const Tensor slope = stop_gradient(at * near / bandwidth);
    return b.by_mode(Mode::training, passed - slope * (at - stop_gradient(at)), passed);
  }
};
struct JumpReluWord {
  constexpr JumpRelu operator()(const char* name, float threshold = 0.001f, float bandwidth = 0.001f) const {
    return JumpRelu(name, threshold, bandwidth);
  }
  constexpr Tensor operator()(Tensor x, const char* name, float threshold = 0.001f,
                              float bandwidth = 0.001f) const {
    return (*this)(name, threshold, bandwidth)(x);
  }
};

}  // namespace declare

/// Keeps the k largest values of each row, of equal ones the first; the others are zero. A NaN is larger than any
/// number, so that it is seen. The gradient goes to what was kept. Behind it a dense layer reads k rows of its
/// weights for each sample, not all: `dense<768>("dec")` of `top_k<32>(h)`.
template <int K>
inline constexpr declare::TopK<K> top_k{};

/// What top_k keeps, as a sparse row of 2 k values: those that are kept, then their columns, ascending. As a code
/// it is as small as what it says; `scatter<n>` makes a row of n of it.
template <int K>
inline constexpr declare::SparseTopK<K> sparse_top_k{};

/// A sparse row as a row of so many values, zero where it says nothing.
template <int Width>
inline constexpr declare::Scatter<Width> scatter{};

/// `dense<24576>("enc") | sparse_top_k<32> | count_idle<24576>`: counts how many samples ago each unit was last
/// kept, in training, as `enc.idle`, which is saved with the parameters. A unit that was idle for a long time is
/// called dead.
template <int Width>
inline constexpr declare::CountIdle<Width> count_idle{};

/// `directions<768, 24576>("dec")`: the decoder of a sparse row, Σ vⱼ wⱼ / ‖wⱼ‖: each of its values is how much
/// there is of a direction of length 1, and the gradient in the weights, a row for each of 24,576 units, is at
/// right angles to them. Options: those of a dense layer's weights. Gao et al. 2024, appendix A.1, divide the rows
/// after each step instead, and project the gradient; the parametrisation is that of Salimans and Kingma 2016,
/// section 2.
template <int Width, int Units>
inline constexpr declare::DirectionsWord<Width, Units> directions{};

/// A term of the loss that brings dead units back: of those that were idle for more than `dead_after` samples the
/// k with the largest positive values reconstruct what the model's reconstruction y leaves of its target x, with
/// their rows of the decoder's weights: the mean over batch and elements of (e - ê)², e = x - y without a
/// gradient. `encoder` is the layer whose units `sparse_top_k` and `count_idle` have seen, `decoder` a layer
/// `directions`, or a dense one behind `scatter`. While no unit is dead it is the mean of e², and has no gradient.
/// `mean_squared_error + 0.03125f * aux_k<512>("enc", "dec", 10e6f)`. Source: Gao et al. 2024, appendix A.2, where
/// k is a power of two near half the width and the term's weight 1/32.
template <int K>
constexpr declare::AuxK<K> aux_k(const char* encoder, const char* decoder, float dead_after) {
  return {encoder, decoder, dead_after};
}

/// `dense<24576>("enc") | jump_relu("jump")`: x where it is above a trained threshold of its unit, else 0.
/// Options: the threshold at first (0.001), and the width of the step whose gradient trains it (0.001).
inline constexpr declare::JumpReluWord jump_relu{};

}  // namespace isthmus
