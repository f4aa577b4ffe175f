// Blocks of bf16 by the FMA units, for every SIMD target: rounded floats in the layout of the fp32 product.
#include <isthmus/lower/targets.hpp>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/matmul/bf16_fma.cpp"
#include <hwy/foreach_target.h>

#include "lower/peak-inl.h"
#include "ops/matmul/blocks.hpp"
#include "ops/matmul/matmul-inl.h"

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

/// Rounds a row to the nearest numbers of 8 bits, ties to even; NaN stays as it is.
HWY_INLINE void round_row(const float* from, float* to) {
  const MatmulTag d;
  const hn::RebindToUnsigned<MatmulTag> words;
  for (int lane = 0; lane < width; lane += lanes) {
    const auto x = hn::LoadU(d, from + lane);
    const auto bits = hn::BitCast(words, x);
    const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(words, 1u));
    const auto raised = hn::Add(bits, hn::Add(odd, hn::Set(words, 0x7fffu)));
    const auto rounded = hn::BitCast(d, hn::And(raised, hn::Set(words, 0xffff0000u)));
    hn::StoreU(hn::IfThenElse(hn::IsNaN(x), x, rounded), d, to + lane);
  }
}

/// The block's panels, of block_rows rows each.
void pack_left(const View& a, const Tile& place, void* out) {
  for (int p = place.panel_begin; p < place.panel_end; ++p) {
    float* const to = static_cast<float*>(out) + std::int64_t{p - place.panel_begin} * block_rows * width;
    for (int r = place.row_begin; r < place.row_end; ++r)
      round_row(a.data + r * a.row_stride + p * a.panel_stride, to + (r - place.row_begin) * width);
  }
}

/// Packs the right operand's panels, of block_depth rows each.
void pack_panels(const View& b, const Tile& place, void* out) {
  for (int p = place.panel_begin; p < place.panel_end; ++p) {
    float* const to = static_cast<float*>(out) + std::int64_t{p - place.panel_begin} * block_depth * width;
    for (int r = place.row_begin; r < place.row_end; ++r)
      round_row(b.data + r * b.row_stride + p * b.panel_stride, to + (r - place.row_begin) * width);
  }
}

void multiply_block(const BlockProduct& product) {
  MicroCall call;
  call.a = static_cast<const float*>(product.left);
  call.a_panel_stride = std::int64_t{block_rows} * width;
  call.b = static_cast<const float*>(product.right);
  call.b_panel_stride = std::int64_t{block_depth} * width;
  call.inner = product.depth;
  call.out = product.sums;
  call.out_panel_stride = product.sums_panel_stride;
  if (!product.transposed) {
    if (product.first) return multiply(call, product.rows, product.panels);
    return multiply<true>(call, product.rows, product.panels);
  }
  for (int r = 0; r < product.rows; r += width) {
    multiply_transposed(call, product.panels, !product.first);
    call.a += std::int64_t{block_depth} * width;
    call.out += width * width;
  }
}

const BlockKernels& fma_blocks() {
  static const BlockKernels table{&pack_left, &pack_panels, &multiply_block, &measure_peak};
  return table;
}

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace isthmus::lower {

HWY_EXPORT(fma_blocks);

const BlockKernels& bf16_fma_blocks() { return HWY_DYNAMIC_DISPATCH(fma_blocks)(); }

}  // namespace isthmus::lower
#endif
