#include "ops/matmul/blocks.hpp"

#include <algorithm>

namespace isthmus::lower {
namespace {

constexpr int width = plan::panel_width;

/// Floats, as the FMA units read them; words of two bf16 take half of it.
struct Workspace {
  alignas(plan::cache_line) float left[block_rows * block_depth];
  alignas(plan::cache_line) float right[right_panels * block_depth * width];
  alignas(plan::cache_line) float sums[block_panels * block_rows * width];
};

/// One block of the product.
class ProductBlock {
 public:
  ProductBlock(const BlockKernels& kernels, const AnchorCall& anchor, const Tile& tile, Workspace& workspace)
      : kernels_(kernels), anchor_(anchor), tile_(tile), workspace_(workspace) {
    product_.left = workspace.left;
    product_.right = workspace.right;
    product_.transposed = anchor.transpose_a;
    product_.rows = tile.row_end - tile.row_begin;
    product_.sums_panel_stride = std::int64_t{block_rows} * width;
  }

  void run() {
    const int inner = anchor_.transpose_a ? anchor_.a_rows : anchor_.a_columns;
    // An empty sum is zero: there is a first block even if there is nothing to add.
    for (int k = 0; k == 0 || k < inner; k += block_depth) add(k, std::min(k + block_depth, inner));
    FusedCall fused = anchor_.call;
    fused.accumulator = workspace_.sums;
    fused.accumulator_panel_stride = product_.sums_panel_stride;
    anchor_.fused(fused, tile_);
  }

 private:
  /// Adds the products of a part of the inner index.
  void add(int begin, int end) {
    if (anchor_.transpose_a) {
      const int panel_end = (tile_.row_end + width - 1) / width;
      kernels_.pack_panels(anchor_.a, {begin, end, tile_.row_begin / width, panel_end}, workspace_.left);
    } else {
      const int panel_end = (end + width - 1) / width;
      kernels_.pack_left(anchor_.a, {tile_.row_begin, tile_.row_end, begin / width, panel_end}, workspace_.left);
    }
    product_.first = begin == 0;
    product_.depth = end - begin;
    for (int p = tile_.panel_begin; p < tile_.panel_end; p += right_panels) {
      const int panel_end = std::min(p + right_panels, tile_.panel_end);
      kernels_.pack_panels(anchor_.b, {begin, end, p, panel_end}, workspace_.right);
      product_.panels = panel_end - p;
      product_.sums = workspace_.sums + (p - tile_.panel_begin) * product_.sums_panel_stride;
      kernels_.multiply(product_);
    }
  }

  const BlockKernels& kernels_;
  const AnchorCall& anchor_;
  Tile tile_;
  Workspace& workspace_;
  BlockProduct product_;
};

void matmul_by_dot(const AnchorCall& anchor, const Tile& tile) {
  multiply_blocks(bf16_dot_blocks(), anchor, tile);
}
void matmul_by_fma(const AnchorCall& anchor, const Tile& tile) {
  multiply_blocks(bf16_fma_blocks(), anchor, tile);
}
double peak_of_dot(double seconds) { return bf16_dot_blocks().measure_peak(seconds); }
double peak_of_fma(double seconds) { return bf16_fma_blocks().measure_peak(seconds); }

}  // namespace

void multiply_blocks(const BlockKernels& kernels, const AnchorCall& anchor, const Tile& tile) {
  Workspace workspace;
  for (int r = tile.row_begin; r < tile.row_end; r += block_rows)
    for (int p = tile.panel_begin; p < tile.panel_end; p += block_panels)
      ProductBlock(kernels, anchor,
                   {r, std::min(r + block_rows, tile.row_end), p, std::min(p + block_panels, tile.panel_end)},
                   workspace)
          .run();
}

const ProductKernels& bf16_products() {
  static constexpr ProductKernels by_dot{"VDPBF16PS", &matmul_by_dot, &peak_of_dot};
  static constexpr ProductKernels by_fma{"FMA", &matmul_by_fma, &peak_of_fma};
  return has_bf16_dot() ? by_dot : by_fma;
}

}  // namespace isthmus::lower
