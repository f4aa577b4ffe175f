// How a codebook follows moving averages of the vectors that it stands for. Source: van den Oord, Vinyals and
// Kavukcuoglu 2017, "Neural Discrete Representation Learning", appendix A.1, and the authors' code (Sonnet,
// VectorQuantizerEMA); restarts: Dhariwal et al. 2020, "Jukebox", section 3.
#pragma once

#include <isthmus/declare/training_only.hpp>
#include <isthmus/ops/hardmax.hpp>

namespace isthmus::declare {

/// The option of vector_quantize: the codebook's vectors are the means of what they stand for.
struct MovingAverage {
  float decay;
  float epsilon;
  bool restarts = false;
  float least_uses = 0;  ///< the count below which a vector restarts

  /// The same, and a vector that has stood for fewer than so many vectors of a batch, by its moving count,
  /// restarts at one of the batch. Which one is drawn by lot, so that in each step two of five idle vectors find
  /// one; where several come, it is their mean. All restart at first: the codebook begins at the data of the first
  /// steps.
  constexpr MovingAverage restarted_below(float uses) const { return {decay, epsilon, true, uses}; }
};

/// Writes the assignments of a codebook [count, n] and of its counts, for the vectors z of a batch and, in the
/// place of each, a row with a 1 at the codebook's vector that it becomes.
class CodebookAverage {
 public:
  constexpr CodebookAverage(Builder& b, MovingAverage how, int count) : b_(b), how_(how), count_(count) {
    is_rate(b, how.decay);
    require_positive_bound(b, how.epsilon);
    if (how.restarts) require_positive_bound(b, how.least_uses);
  }

  /// Moves each vector towards the mean of those that it stands for: with Nᵢ ← γ Nᵢ + (1 - γ) nᵢ and mᵢ ← γ mᵢ +
  /// (1 - γ) Σ z it becomes mᵢ / Nᵢ, Nᵢ smoothed. What is kept is Nᵢ and the vector itself, of which mᵢ follows.
  /// Nᵢ is 1 at first, and a vector that is never used stays, until Nᵢ is as small as ε; then it shrinks to zero.
  /// If idle ones restart, Nᵢ is 0 at first and their bound behind a restart, and until then they stay.
  constexpr void follow(Tensor z, Tensor chosen, Tensor codebook) const {
    const Tensor counts = b_.statistic("counts", shape_of(count_), how_.restarts ? 0.0f : 1.0f);
    // An idle vector takes part with what it is given in place of what it stands for: one product serves all.
    const Tensor idle = how_.restarts ? greater(b_.constant(how_.least_uses), counts) : Tensor{};
    if (how_.restarts) chosen = select(idle, drawn_by_lot(chosen.shape()), chosen);
    const Tensor uses = b_.sum_over_batch(chosen, shape_of(count_));
    // Of places, as the gradient of a convolution of single ones.
    const Shape& shape = codebook.shape();
    const Shape of_places = shape_of(1, 1, shape.dim[0], shape.dim[1]);
    const Tensor sums = z.shape().is_spatial() ? reshape(b_.conv2d_weights(chosen, z, Window{}, of_places), shape)
                                               : b_.matmul_over_batch(chosen, z);
    const float kept = how_.decay, added = 1.0f - kept;
    Tensor next_counts = kept * counts + added * uses;
    const Tensor next_sums = kept * (codebook * smoothed(counts)) + added * sums;
    Tensor next = next_sums / smoothed(next_counts);
    if (how_.restarts) {
      const Tensor restarts = idle * greater(uses, 0.0f), once = b_.constant(1.0f);
      next_counts = select(restarts, b_.constant(how_.least_uses), next_counts);
      const Tensor mean = sums / as_column(maximum(uses, once));
      next = select(as_column(idle), select(as_column(restarts), mean, codebook), next);
    }
    b_.assign(codebook, next);
    b_.assign(counts, next_counts);
  }

 private:
  /// For each vector of the batch a row with a 1 at what it is given to, or none. There are two lots for each of
  /// the batch's vectors, or one for each of the codebook's where that is more, and the first ones win.
  constexpr Tensor drawn_by_lot(Shape shape) const {
    const auto vectors = static_cast<int>(shape.elements_per_sample() / count_);
    const Tensor drawn = b_.random(Distribution::uniform, shape_of(batch, vectors), "restart", false);
    const Tensor lots = b_.host_scalar(HostScalar::batch_size) * (2.0f * static_cast<float>(vectors));
    const Tensor lot = drawn * maximum(lots, b_.constant(static_cast<float>(count_)));
    const Tensor column = vectors > 1 ? reshape(lot, shape_of(batch, vectors, 1)) : lot;
    const Tensor first = whole_numbers(b_, count_);
    return reshape(greater(column, first) - greater(column, first + 1.0f), shape);
  }

  /// Laplace smoothing, (Nᵢ + ε) / (N + K ε) · N with N the sum of all, as a column.
  constexpr Tensor smoothed(Tensor counts) const {
    const Tensor total = sum(counts);
    const Tensor share = (counts + how_.epsilon) / (total + static_cast<float>(count_) * how_.epsilon);
    return as_column(share * total);
  }
  constexpr Tensor as_column(Tensor row) const { return reshape(row, shape_of(count_, 1)); }

  Builder& b_;
  MovingAverage how_;
  int count_;
};

}  // namespace isthmus::declare
