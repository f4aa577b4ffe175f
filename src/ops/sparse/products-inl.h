// Products with sparse rows: only those rows of a matrix are read that a sparse row names, only those products are
// made that a sparse row takes. Once per SIMD target.
//
// A product of scattered values, and a gradient of weights (outer-inl.h), is a chain of multiply-adds as matmul
// has it, in the same order: what it leaves out are zeros. What it gives are thus matmul's bits, but for zeros'
// signs, and where zero is multiplied with what is not finite. A sampled product adds up sixteen chains in a fixed
// order instead.
#if defined(ISTHMUS_SRC_OPS_SPARSE_PRODUCTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ISTHMUS_SRC_OPS_SPARSE_PRODUCTS_INL_H_
#undef ISTHMUS_SRC_OPS_SPARSE_PRODUCTS_INL_H_
#else
#define ISTHMUS_SRC_OPS_SPARSE_PRODUCTS_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>

#include "ops/matmul/matmul-inl.h"
#include "ops/sparse/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

/// Values of rows that are looked up together, and the most of these rows.
inline constexpr int listed_values = 2 * most_kept_values;
inline constexpr int listed_rows = 64;

/// The values of up to 64 sparse rows and where they are, without those that name no column.
struct SparseList {
  float value[listed_values];
  std::int64_t offset[listed_values];  ///< of the named row of a panel
  int end[listed_rows];                ///< of each row's part

  static int rows_at_once(int kept) { return std::min(listed_rows, listed_values / kept); }

  void read(const View& values, const View& where, int kept, int n, int row_begin, int row_end) {
    int count = 0;
    for (int row = row_begin; row < row_end; ++row) {
      for (int j = 0; j < kept; ++j) {
        const int column = column_of(element_of(where, row, kept + j), n);
        if (column < 0) continue;
        value[count] = element_of(values, row, j);
        offset[count++] = std::int64_t{column} * plan::panel_width;
      }
      end[row - row_begin] = count;
    }
  }
};

/// Panels of a row that are computed together: enough independent chains to hide the latency.
inline constexpr int sparse_panels = 4;

/// The sums of one row over its values, for so many panels of the matrix.
template <int panels>
HWY_INLINE void sparse_row(const SparseList& list, int begin, int end, const float* matrix,
                           std::int64_t panel_stride, float* out, std::int64_t out_panel_stride) {
  const MatmulTag d;
  constexpr int vectors = panels * panel_vectors;
  hn::Vec<MatmulTag> sum[vectors];
#pragma GCC unroll 16
  for (int v = 0; v < vectors; ++v) sum[v] = hn::Zero(d);
  for (int j = begin; j < end; ++j) {
    const auto x = hn::Set(d, list.value[j]);
    const float* const from = matrix + list.offset[j];
#pragma GCC unroll 16
    for (int v = 0; v < vectors; ++v)
      sum[v] =
          hn::MulAdd(x, hn::LoadU(d, from + v / panel_vectors * panel_stride + v % panel_vectors * lanes), sum[v]);
  }
#pragma GCC unroll 16
  for (int v = 0; v < vectors; ++v)
    hn::StoreU(sum[v], d, out + v / panel_vectors * out_panel_stride + v % panel_vectors * lanes);
}

HWY_INLINE void sparse_matmul(const AnchorCall& anchor, const Tile& tile) {
  constexpr int side = plan::panel_width;
  HWY_ALIGN float piece[sparse_panels * listed_rows * side];
  SparseList list;
  FusedCall fused = anchor.call;
  fused.accumulator = piece;
  const int kept = anchor.a_columns / 2, n = anchor.shapes[1].dim[0];
  const int at_once = SparseList::rows_at_once(kept);
  for (int first = tile.row_begin; first < tile.row_end; first += at_once) {
    const int end = std::min(first + at_once, tile.row_end);
    list.read(anchor.a, anchor.c, kept, n, first, end);
    const std::int64_t stride = fused.accumulator_panel_stride = std::int64_t{end - first} * side;
    for (int p = tile.panel_begin; p < tile.panel_end;) {
      const bool wide = p + sparse_panels <= tile.panel_end;
      const float* const matrix = anchor.b.data + p * anchor.b.panel_stride;
      for (int row = first; row < end; ++row) {
        const int begin = row == first ? 0 : list.end[row - first - 1];
        float* const out = piece + (row - first) * side;
        if (wide)
          sparse_row<sparse_panels>(list, begin, list.end[row - first], matrix, anchor.b.panel_stride, out,
                                    stride);
        else sparse_row<1>(list, begin, list.end[row - first], matrix, anchor.b.panel_stride, out, stride);
      }
      const int panel_end = p + (wide ? sparse_panels : 1);
      anchor.fused(fused, {first, end, p, panel_end});
      p = panel_end;
    }
  }
}

/// The sum of sixteen floats, in one order on every target.
HWY_INLINE float sum_of_panel(const float* from) {
  float sum[8];
  for (int i = 0; i < 8; ++i) sum[i] = from[i] + from[i + 8];
  for (int half = 4; half > 0; half /= 2)
    for (int i = 0; i < half; ++i) sum[i] += sum[i + half];
  return sum[0];
}

HWY_INLINE void sampled_matmul(const AnchorCall& anchor, const Tile& tile) {
  constexpr int side = plan::panel_width;
  const MatmulTag d;
  HWY_ALIGN float piece[2 * most_kept_values];
  FusedCall fused = anchor.call;
  fused.accumulator = piece;
  fused.accumulator_panel_stride = side;
  const int kept = anchor.call.columns / 2, n = anchor.shapes[1].dim[0];
  const int panels = plan::panels_of(anchor.call.columns), inner_panels = plan::panels_of(anchor.a_columns);
  std::fill_n(piece, panels * side, 0.0f);
  for (int row = tile.row_begin; row < tile.row_end; ++row) {
    for (int j = 0; j < kept; ++j) {
      const int column = column_of(element_of(anchor.c, row, kept + j), n);
      if (column < 0) {
        piece[j] = 0.0f;
        continue;
      }
      const float* x = anchor.a.data + row * anchor.a.row_stride;
      const float* w = anchor.b.data + std::int64_t{column} * side;
      hn::Vec<MatmulTag> sum[panel_vectors];
#pragma GCC unroll 16
      for (int v = 0; v < panel_vectors; ++v) sum[v] = hn::Zero(d);
      for (int p = 0; p < inner_panels; ++p, x += anchor.a.panel_stride, w += anchor.b.panel_stride)
#pragma GCC unroll 16
        for (int v = 0; v < panel_vectors; ++v)
          sum[v] = hn::MulAdd(hn::LoadU(d, x + v * lanes), hn::LoadU(d, w + v * lanes), sum[v]);
      HWY_ALIGN float lane_sums[side];
#pragma GCC unroll 16
      for (int v = 0; v < panel_vectors; ++v) hn::StoreU(sum[v], d, lane_sums + v * lanes);
      piece[j] = sum_of_panel(lane_sums);
    }
    anchor.fused(fused, {row, row + 1, 0, panels});
  }
}

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
