// Products whose operands are rounded on their way into the multiplication: half the bits, twice the products per
// cycle where the CPU has the instruction for it.
#pragma once

#include <isthmus/lower/program.hpp>

namespace isthmus::lower {

/// Kernels that take the place of Kernels::matmul in a program.
struct ProductKernels {
  const char* unit = "";  ///< the instruction that multiplies, or its substitute
  /// The counterpart of Kernels::matmul. The operands are rounded to the nearest number of the smaller kind, ties
  /// to even; the sums are fp32, one chain for each element in order of the inner index, so that their bits depend
  /// neither on the tile nor on the batch.
  Kernel matmul = nullptr;
  /// Floating-point operations per second of one core's unit, by running it for about `seconds`.
  double (*measure_peak)(double seconds) = nullptr;
};

/// bf16, the upper half of a float: 8 bits of precision. By VDPBF16PS, which takes denormals for zeros, where the
/// CPU has it; elsewhere the rounded operands go through the FMA units of the best SIMD target, no faster than
/// fp32. Source: Kalamkar et al. 2019, "A Study of BFLOAT16 for Deep Learning Training", section 3.
const ProductKernels& bf16_products();

/// A copy of the program, whose products are of this precision.
inline Program with_precision(Program program, Precision precision) {
  program.plan.precision = precision;
  program.products = precision == Precision::bf16 ? &bf16_products() : nullptr;
  return program;
}

}  // namespace isthmus::lower
