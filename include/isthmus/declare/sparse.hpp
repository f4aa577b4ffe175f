// The words for sparse codes: the k largest values of a row (Gao et al. 2024, "Scaling and evaluating sparse
// autoencoders", section 2.3), or those above a threshold.
#pragma once

#include <isthmus/declare/layers.hpp>

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
    const Tensor ones = b.broadcast(b.constant(1.0f), sparse.shape());
    const Tensor uses = b.sum_over_batch(b.sparse_scatter(ones, sparse, Width), units);
    b.assign(idle, select(greater(uses, 0.0f), b.constant(0.0f), idle + b.host_scalar(HostScalar::batch_size)));
    return sparse;
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
    if (!(bandwidth > 0)) b.mistake(Mistake::bound_not_positive, shape_of(batch, in_percent(bandwidth)));
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

/// `dense<24576>("enc") | jump_relu("jump")`: x where it is above a trained threshold of its unit, else 0.
/// Options: the threshold at first (0.001), and the width of the step whose gradient trains it (0.001).
inline constexpr declare::JumpReluWord jump_relu{};

}  // namespace isthmus
