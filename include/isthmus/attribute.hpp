// What tells nodes of one operation apart: which scalar, which distribution, which map.
#pragma once

#include <stdexcept>

namespace isthmus {

/// What an input is for.
enum class PortKind : int {
  data,       ///< what the code is made from; of a decoder, the code
  condition,  ///< read by the encoder, the decoder, or both: known where the code is decoded as well
  target,     ///< what the reconstruction is compared with, in the loss alone
  weight,     ///< of the loss: how much each value, or each sample, counts
};

/// Scalars that the host supplies with each run.
enum class HostScalar : int {
  batch_size,     ///< samples in this run
  step,           ///< 1 for the first training step; if the node's `value` is n, for the first n steps, and so on
  updates,        ///< 1 in every step that is the last of `value` ones in a row, 0 in the others
  learning_rate,  ///< the node's `value` unless the host says otherwise
};

/// The distribution that `random` draws from. The numbers are a pure function of (seed, step, sample, element).
enum class Distribution : int {
  uniform,  ///< in [0, 1)
  normal,   ///< mean 0, variance 1
};

/// When the first operand of `by_mode` counts.
enum class Mode : int {
  corruption,  ///< of the data, whenever there is a loss: in training and in evaluation
  sampling,    ///< of the code, whenever there is a loss
  training,    ///< in training only
  statistics,  ///< of the batch: in training only, and not in a frozen layer
};

/// The linear maps of `resample`.
enum class Resampling : int {
  window_sum,   ///< the sum of each window; what lies outside of the image is zero
  window_mean,  ///< the mean of what of each window lies inside of the image
  nearest,      ///< each pixel repeated `window.upsample()` times each way
  bilinear,     ///< upsampled `window.upsample()` times, pixel centres at half-integers, edges repeated
};

/// A dimension of a sample: 0 is the first one behind the batch.
enum class Axis : int {};

/// The order of a permutation's dimensions, as if a sample had five: its own are the last ones.
enum class Permutation : int {};

/// The order in which the dimensions of the operand become those of the result, its first one first.
constexpr Permutation permutation_of(const int (&dimensions)[5]) {
  int order = 0;
  for (int d = 0; d < 5; ++d) order |= dimensions[d] << 3 * d;
  return Permutation{order};
}
/// The dimension of the operand that becomes this one of the result.
constexpr int dimension_of(Permutation order, int of_result) {
  return static_cast<int>(order) >> 3 * of_result & 7;
}
inline constexpr Permutation same_order = permutation_of({0, 1, 2, 3, 4});

/// The number of products that a batched_matmul makes of each sample.
enum class Heads : int {};

/// The number of partial sums over the samples in which conv2d_weights hands its result to conv2d_restore.
enum class GradientParts : int {};

/// The function of a step of `recurrence`: ops/recurrence.hpp.
enum class RecurrentCell : int {
  lstm,
  gru,
};

/// The number of the message in which an all_reduce travels; those of one bucket travel together.
enum class Bucket : int {};

/// One value of one of the types above, or none. A node's operation says which; reading another type raises, so
/// that a pass which mistakes one operation for another does not compile.
class Attribute {
 public:
  constexpr Attribute() = default;
  constexpr Attribute(PortKind value) : type_(Type::port_kind), number_(static_cast<int>(value)) {}
  constexpr Attribute(HostScalar value) : type_(Type::host_scalar), number_(static_cast<int>(value)) {}
  constexpr Attribute(Distribution value) : type_(Type::distribution), number_(static_cast<int>(value)) {}
  constexpr Attribute(Mode value) : type_(Type::mode), number_(static_cast<int>(value)) {}
  constexpr Attribute(Resampling value) : type_(Type::resampling), number_(static_cast<int>(value)) {}
  constexpr Attribute(Axis value) : type_(Type::axis), number_(static_cast<int>(value)) {}
  constexpr Attribute(Permutation value) : type_(Type::permutation), number_(static_cast<int>(value)) {}
  constexpr Attribute(Heads value) : type_(Type::heads), number_(static_cast<int>(value)) {}
  constexpr Attribute(GradientParts value) : type_(Type::gradient_parts), number_(static_cast<int>(value)) {}
  constexpr Attribute(RecurrentCell value) : type_(Type::recurrent_cell), number_(static_cast<int>(value)) {}
  constexpr Attribute(Bucket value) : type_(Type::bucket), number_(static_cast<int>(value)) {}

  constexpr bool operator==(const Attribute&) const = default;

  /// The value. Throws std::logic_error if it is of another type.
  template <class T>
  constexpr T as() const {
    if (type_ != Attribute(T{}).type_) throw std::logic_error("a node's attribute is read as another type's");
    return T{number_};
  }

  /// The value as a number, 0 if there is none: for hashes.
  constexpr int number() const { return number_; }

 private:
  enum class Type : unsigned char {
    none,
    port_kind,
    host_scalar,
    distribution,
    mode,
    resampling,
    axis,
    permutation,
    heads,
    gradient_parts,
    recurrent_cell,
    bucket
  };

  Type type_ = Type::none;
  int number_ = 0;
};

}  // namespace isthmus
