// A product of rounded operands, block by block: a block of each operand is rounded into a workspace, where it is
// read many times. What a block looks like is known to its kernels alone.
#pragma once

#include <isthmus/lower/products.hpp>
#include <isthmus/plan/memory.hpp>

namespace isthmus::lower {

/// Rows of a block of the left operand, and of the product.
inline constexpr int block_rows = 128;
/// Columns of a left block, rows of a right one: a left block takes 64 KB of bf16, a panel of a right one 8 KB.
inline constexpr int block_depth = 256;
/// Panels of a right block, which stays in the first-level cache.
inline constexpr int right_panels = 2;
/// Panels of a block of the product.
inline constexpr int block_panels = 8;

struct BlockProduct {
  const void* left = nullptr;
  const void* right = nullptr;
  bool transposed = false;  ///< the left block holds rows of the inner index
  int rows = 0;             ///< of the product; transposed: whole panels of them are computed
  int depth = 0;
  int panels = 0;      ///< at most right_panels
  bool first = false;  ///< begins the sums instead of adding to them
  float* sums = nullptr;
  std::int64_t sums_panel_stride = 0;
};

/// The steps of a product, for one SIMD target. A place is a block of a matrix that lies in panels.
struct BlockKernels {
  /// Rounds rows of `a`, whole panels of them.
  void (*pack_left)(const View& a, const Tile& place, void* out) = nullptr;
  /// Rounds panels of a matrix whose rows are the inner index: the right operand, or a left one to be transposed.
  void (*pack_panels)(const View& b, const Tile& place, void* out) = nullptr;
  void (*multiply)(const BlockProduct& product) = nullptr;
  double (*measure_peak)(double seconds) = nullptr;
};

/// Whether this CPU, the compiler and the choice of SIMD targets have VDPBF16PS. Asks the CPU, which takes long.
bool has_bf16_dot();
/// The kernels by VDPBF16PS, if the CPU has it.
const BlockKernels& bf16_dot_blocks();
/// The kernels by the FMA units of the best SIMD target.
const BlockKernels& bf16_fma_blocks();

/// A tile of a product by such kernels.
void multiply_blocks(const BlockKernels& kernels, const AnchorCall& anchor, const Tile& tile);

}  // namespace isthmus::lower
