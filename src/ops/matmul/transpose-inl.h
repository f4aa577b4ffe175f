// Transposes on panels. Once per SIMD target.
#if defined(ISTHMUS_SRC_OPS_TRANSPOSE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ISTHMUS_SRC_OPS_TRANSPOSE_INL_H_
#undef ISTHMUS_SRC_OPS_TRANSPOSE_INL_H_
#else
#define ISTHMUS_SRC_OPS_TRANSPOSE_INL_H_
#endif

#include <isthmus/lower/program.hpp>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

/// Turns a block of 16 × 16 floats, rows 16 apart in `from`, rows `to_stride` apart in `to`.
HWY_INLINE void transpose_block(const float* HWY_RESTRICT from, float* HWY_RESTRICT to, std::int64_t to_stride) {
  constexpr int side = plan::panel_width;
#if HWY_TARGET == HWY_SCALAR
  for (int i = 0; i < side; ++i)
    for (int j = 0; j < side; ++j) to[i * to_stride + j] = from[j * side + i];
#else
  // Blocks of 4 × 4 in registers, four rows in and four out: interleave singles, then pairs.
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::FixedTag<float, 4> d;
  const hn::Repartition<double, decltype(d)> pairs;
  for (int i = 0; i < side; i += 4)
    for (int j = 0; j < side; j += 4) {
      const auto a = hn::LoadU(d, from + (j + 0) * side + i);
      const auto b = hn::LoadU(d, from + (j + 1) * side + i);
      const auto c = hn::LoadU(d, from + (j + 2) * side + i);
      const auto e = hn::LoadU(d, from + (j + 3) * side + i);
      const auto ab_low = hn::BitCast(pairs, hn::InterleaveLower(d, a, b));
      const auto ab_high = hn::BitCast(pairs, hn::InterleaveUpper(d, a, b));
      const auto ce_low = hn::BitCast(pairs, hn::InterleaveLower(d, c, e));
      const auto ce_high = hn::BitCast(pairs, hn::InterleaveUpper(d, c, e));
      float* const out = to + i * to_stride + j;
      hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, ab_low, ce_low)), d, out);
      hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, ab_low, ce_low)), d, out + to_stride);
      hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, ab_high, ce_high)), d, out + 2 * to_stride);
      hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, ab_high, ce_high)), d, out + 3 * to_stride);
    }
#endif
}

/// Row r of the result is column r of `a`: panel p of the result holds a's rows 16 p …, so blocks of 16 × 16
/// turn in place.
HWY_INLINE void transpose(const AnchorCall& anchor, const Tile& tile) {
  constexpr int side = plan::panel_width;
  HWY_ALIGN float block[side * side];
  HWY_ALIGN float part[side * side];
  FusedCall fused = anchor.call;
  fused.accumulator = block;
  for (int p = tile.panel_begin; p < tile.panel_end; ++p) {
    const int first = p * side;
    const int valid = anchor.a_rows - first < side ? anchor.a_rows - first : side;
    for (int r = tile.row_begin; r < tile.row_end; r += side) {
      const float* from = anchor.a.data + (r / side) * anchor.a.panel_stride + std::int64_t{first} * side;
      const int row_end = r + side < tile.row_end ? r + side : tile.row_end;
      if (anchor.stores_alone && row_end - r == side) {
        const View& to = anchor.call.results[0];
        transpose_block(from, to.data + r * to.row_stride + p * to.panel_stride, to.row_stride);
        continue;
      }
      if (valid < side) {  // Rows beyond the last one are not there: they count as zero.
        for (int i = 0; i < side * side; ++i) part[i] = i < valid * side ? from[i] : 0.0f;
        from = part;
      }
      transpose_block(from, block, side);
      anchor.fused(fused, {r, row_end, p, p + 1});
    }
  }
}

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
