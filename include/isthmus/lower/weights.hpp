// Weights in fewer bits, for programs that only compute: a product of few samples waits for its weights, and these
// are half or a quarter of the bytes.
#pragma once

#include <isthmus/lower/program.hpp>

#include <cstdint>

namespace isthmus::lower {

/// The kernels for one kind of weights, of the best SIMD target: for a matrix of rows × columns, the right operand
/// of a product. A sum is one chain of floats for each element in order, as those of fp32 are, or of whole
/// numbers.
struct WeightKernels {
  /// The size of a packed matrix, which begins on a cache line.
  std::int64_t (*bytes)(int rows, int columns) = nullptr;
  /// Rounds the floats of `from`, laid out in panels.
  void (*pack)(const View& from, int rows, int columns, void* to) = nullptr;
  /// The counterpart of Kernels::matmul, without a transposition; `b.data` is a packed matrix.
  Kernel matmul = nullptr;
  /// The samples are rounded as well: to whole numbers from -127 to 127 of steps, one size for each sample.
  bool rounds_samples = false;
};

/// The upper half of a float, rounded to the nearest, ties to even: 8 bits of precision.
const WeightKernels& bf16_weights();
/// Whole numbers from -127 to 127 of steps, one size of a step for each column: its largest magnitude / 127. Where
/// the CPU has VPDPBUSD (AVX512_VNNI), samples are rounded in the same way and multiplied as whole numbers.
const WeightKernels& int8_weights();

}  // namespace isthmus::lower
