// The number format of the weights of a model that is not trained.
#pragma once

#include <isthmus/lower/weights.hpp>

namespace isthmus {

/// The number format of dense layers' weights; convolutions compute with fp32, since they are compute-bound, not
/// memory-bound. Samples are fp32 but where int8 says otherwise, and so is what a layer gives. A program links
/// only the kinds that it names.
class Weights {
 public:
  /// The weights as they were trained.
  static Weights fp32() { return Weights(nullptr); }
  /// Half the bytes; each weight within 0.4 % (2^-8) of what it was.
  static Weights bf16() { return Weights(&lower::bf16_weights()); }
  /// A quarter of the bytes; each weight within 0.4 % (1/254) of the largest one that leads to the same value. On
  /// a CPU with AVX512_VNNI samples, and what they become between dense layers, are rounded as well when they are
  /// multiplied: each value within 0.4 % of its sample's largest one.
  static Weights int8() { return Weights(&lower::int8_weights()); }

  const lower::WeightKernels* kernels() const { return kernels_; }

 private:
  explicit Weights(const lower::WeightKernels* kernels) : kernels_(kernels) {}
  const lower::WeightKernels* kernels_;
};

/// Asks for a model that reads the weights of another one, where they are: `Encoder second{shared_weights,
/// first};`
struct SharedWeights {};
inline constexpr SharedWeights shared_weights;

}  // namespace isthmus
