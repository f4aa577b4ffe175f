// Sums on panels. Once per SIMD target.
#if defined(ISTHMUS_SRC_OPS_SUMS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ISTHMUS_SRC_OPS_SUMS_INL_H_
#undef ISTHMUS_SRC_OPS_SUMS_INL_H_
#else
#define ISTHMUS_SRC_OPS_SUMS_INL_H_
#endif

#include <isthmus/lower/program.hpp>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

/// Sums of columns: one row. Four chains over the rows, r mod 4, joined in a fixed order.
HWY_INLINE void column_sum(const AnchorCall& anchor, const Tile& tile) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::CappedTag<float, plan::panel_width> d;
  HWY_ALIGN float row[plan::panel_width];
  FusedCall fused = anchor.call;
  fused.accumulator = row;
  for (int p = tile.panel_begin; p < tile.panel_end; ++p) {
    const float* const panel = anchor.a.data + p * anchor.a.panel_stride;
    for (std::size_t lane = 0; lane < static_cast<std::size_t>(plan::panel_width); lane += hn::Lanes(d)) {
      auto s0 = hn::Zero(d), s1 = hn::Zero(d), s2 = hn::Zero(d), s3 = hn::Zero(d);
      const float* from = panel + lane;
      int r = 0;
      for (; r + 4 <= anchor.a_rows; r += 4, from += 4 * plan::panel_width) {
        s0 = hn::Add(s0, hn::LoadU(d, from));
        s1 = hn::Add(s1, hn::LoadU(d, from + plan::panel_width));
        s2 = hn::Add(s2, hn::LoadU(d, from + 2 * plan::panel_width));
        s3 = hn::Add(s3, hn::LoadU(d, from + 3 * plan::panel_width));
      }
      for (; r < anchor.a_rows; ++r, from += plan::panel_width) s0 = hn::Add(s0, hn::LoadU(d, from));
      hn::StoreU(hn::Add(hn::Add(s0, s1), hn::Add(s2, s3)), d, row + lane);
    }
    anchor.fused(fused, {0, 1, p, p + 1});
  }
}

/// Sums of rows from panel sums: one column, the rest of the panel zero.
HWY_INLINE void row_sum(const AnchorCall& anchor, const Tile& tile) {
  constexpr int block = 16;
  HWY_ALIGN float piece[block * plan::panel_width] = {};
  FusedCall fused = anchor.call;
  fused.accumulator = piece;
  const int panels = plan::panels_of(anchor.a_columns);
  for (int r = tile.row_begin; r < tile.row_end; r += block) {
    const int end = r + block < tile.row_end ? r + block : tile.row_end;
    for (int i = r; i < end; ++i) {
      float sum = 0;
      for (int p = 0; p < panels; ++p) sum += anchor.a.data[i * anchor.a.row_stride + p * anchor.a.panel_stride];
      piece[(i - r) * plan::panel_width] = sum;
    }
    anchor.fused(fused, {r, end, 0, 1});
  }
}

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
