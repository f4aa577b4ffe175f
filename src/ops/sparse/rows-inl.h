// Sparse rows to rows and back. Once per SIMD target.
#if defined(ISTHMUS_SRC_OPS_SPARSE_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ISTHMUS_SRC_OPS_SPARSE_ROWS_INL_H_
#undef ISTHMUS_SRC_OPS_SPARSE_ROWS_INL_H_
#else
#define ISTHMUS_SRC_OPS_SPARSE_ROWS_INL_H_
#endif

#include <hwy/highway.h>
#include <isthmus/lower/program.hpp>
#include <isthmus/ops/sparse.hpp>

#include <algorithm>

#include "ops/matmul/matmul-inl.h"

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

/// Panels of a row of a result that are handed on at once.
inline constexpr int scattered_panels = 256;

HWY_INLINE const float& element_of(const View& view, std::int64_t row, int column) {
  constexpr int side = plan::panel_width;
  return view.data[row * view.row_stride + column / side * view.panel_stride + column % side];
}

/// The column of a row of n that a float says, or -1 if there is none: a code may come from anywhere.
HWY_INLINE int column_of(float number, int n) {
  return number >= 0.0f && number < static_cast<float>(n) ? static_cast<int>(number) : -1;
}

/// For which of a panel's sixteen values `test(vector)` holds, a bit for each.
template <class Test>
HWY_INLINE std::uint32_t bits_where(const float* values, Test test) {
  const MatmulTag d;
  std::uint32_t bits = 0;
  for (int v = 0; v < panel_vectors; ++v) {
    const auto found = test(hn::LoadU(d, values + v * lanes));
    if (hn::AllFalse(d, found)) continue;
    std::uint8_t bytes[8] = {};
    hn::StoreMaskBits(d, found, bytes);
    const std::uint32_t word = bytes[0] | std::uint32_t{bytes[1]} << 8;
    bits |= (word & ((1u << lanes) - 1)) << (v * lanes);
  }
  return bits;
}

HWY_INLINE void sparse_scatter(const AnchorCall& anchor, const Tile& tile) {
  constexpr int side = plan::panel_width;
  HWY_ALIGN float piece[scattered_panels * side];
  FusedCall fused = anchor.call;
  fused.accumulator = piece;
  fused.accumulator_panel_stride = side;
  const int kept = anchor.a_columns / 2, n = anchor.call.columns;
  for (int row = tile.row_begin; row < tile.row_end; ++row)
    for (int p = tile.panel_begin; p < tile.panel_end; p += scattered_panels) {
      const int end = std::min(p + scattered_panels, tile.panel_end);
      std::fill_n(piece, (end - p) * side, 0.0f);
      for (int j = 0; j < kept; ++j) {
        const int column = column_of(element_of(anchor.b, row, kept + j), n);
        if (column >= p * side && column < end * side) piece[column - p * side] += element_of(anchor.a, row, j);
      }
      anchor.fused(fused, {row, row + 1, p, end});
    }
}

HWY_INLINE void sparse_gather(const AnchorCall& anchor, const Tile& tile) {
  constexpr int side = plan::panel_width;
  HWY_ALIGN float piece[2 * most_kept_values];
  FusedCall fused = anchor.call;
  fused.accumulator = piece;
  fused.accumulator_panel_stride = side;
  const int kept = anchor.call.columns / 2, panels = plan::panels_of(anchor.call.columns);
  std::fill_n(piece, panels * side, 0.0f);
  for (int row = tile.row_begin; row < tile.row_end; ++row) {
    for (int j = 0; j < kept; ++j) {
      const int column = column_of(element_of(anchor.b, row, kept + j), anchor.a_columns);
      piece[j] = column < 0 ? 0.0f : element_of(anchor.a, row, column);
    }
    anchor.fused(fused, {row, row + 1, 0, panels});
  }
}

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
