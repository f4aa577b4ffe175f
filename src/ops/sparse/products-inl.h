// Products with sparse rows: only those rows of a matrix are read that a sparse row names, only those products are
// made that a sparse row takes. Once per SIMD target.
//
// A product of scattered values, and a gradient of weights, is a chain of multiply-adds as matmul has it, in the
// same order: what it leaves out are zeros. What it gives are thus matmul's bits, but for zeros' signs, and where
// zero is multiplied with what is not finite. A sampled product adds up sixteen chains in a fixed order instead.
#if defined(ISTHMUS_SRC_OPS_SPARSE_PRODUCTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ISTHMUS_SRC_OPS_SPARSE_PRODUCTS_INL_H_
#undef ISTHMUS_SRC_OPS_SPARSE_PRODUCTS_INL_H_
#else
#define ISTHMUS_SRC_OPS_SPARSE_PRODUCTS_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <bit>

#include "ops/matmul/matmul-inl.h"
#include "ops/matmul/transpose-inl.h"
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
      const float* x = anchor.a.data + row * anchor.a.row_stride;
      const float* w = anchor.b.data + std::int64_t{std::max(column, 0)} * side;
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
      piece[j] = column < 0 ? 0.0f : sum_of_panel(lane_sums);
    }
    anchor.fused(fused, {row, row + 1, 0, panels});
  }
}

/// Columns of the dense operand that a block of a gradient covers, in panels.
inline constexpr int outer_panels = 64;

/// Which of sixteen floats are in [low, high), a bit for each.
HWY_INLINE std::uint32_t between(const float* values, float low, float high) {
  const MatmulTag d;
  const auto least = hn::Set(d, low), limit = hn::Set(d, high);
  return bits_where(values,
                    [&](hn::Vec<MatmulTag> x) HWY_ATTR { return hn::And(hn::Ge(x, least), hn::Lt(x, limit)); });
}

/// Sixteen rows of scattered valuesᵀ · rows, from row `first`, for the panels [begin, end) of the rows: panel
/// after panel of sixteen rows. Samples add up in their order.
HWY_INLINE void outer_block(const AnchorCall& anchor, int first, int begin, int end, float* block) {
  constexpr int side = plan::panel_width;
  const MatmulTag d;
  const int kept = anchor.a_columns / 2;
  const int n = anchor.transpose_a ? anchor.call.columns : anchor.shapes[3].dim[0];
  std::fill_n(block, (end - begin) * side * side, 0.0f);
  const auto low = static_cast<float>(first), high = static_cast<float>(std::min(first + side, n));
  for (int row = 0; row < anchor.a_rows; ++row)
    for (int c = kept / side * side; c < 2 * kept; c += side) {
      std::uint32_t bits = between(&element_of(anchor.c, row, c), low, high);
      if (bits == 0) continue;
      if (c < kept) bits &= ~0u << (kept - c);
      if (2 * kept - c < side) bits &= (1u << (2 * kept - c)) - 1;
      for (; bits != 0; bits &= bits - 1) {
        const int column = c + std::countr_zero(bits);
        const auto x = hn::Set(d, element_of(anchor.a, row, column - kept));
        float* to = block + (static_cast<int>(element_of(anchor.c, row, column)) - first) * side;
        const float* from = &element_of(anchor.b, row, begin * side);
        for (int p = begin; p < end; ++p, to += side * side, from += anchor.b.panel_stride)
#pragma GCC unroll 16
          for (int v = 0; v < panel_vectors; ++v)
            hn::StoreU(hn::MulAdd(x, hn::LoadU(d, from + v * lanes), hn::LoadU(d, to + v * lanes)), d,
                       to + v * lanes);
      }
    }
}

HWY_INLINE void sparse_outer(const AnchorCall& anchor, const Tile& tile) {
  constexpr int side = plan::panel_width;
  HWY_ALIGN float block[outer_panels * side * side];
  FusedCall fused = anchor.call;
  if (!anchor.transpose_a) {
    fused.accumulator = block;
    fused.accumulator_panel_stride = side * side;
    for (int first = tile.row_begin; first < tile.row_end; first += side)
      for (int p = tile.panel_begin; p < tile.panel_end; p += outer_panels) {
        const int end = std::min(p + outer_panels, tile.panel_end);
        outer_block(anchor, first, p, end, block);
        anchor.fused(fused, {first, std::min(first + side, tile.row_end), p, end});
      }
    return;
  }
  HWY_ALIGN float turned[outer_panels * side * side];
  fused.accumulator = turned;
  fused.accumulator_panel_stride = 0;  // of one panel
  for (int panel = tile.panel_begin; panel < tile.panel_end; ++panel)
    for (int row = tile.row_begin; row < tile.row_end; row += outer_panels * side) {
      const int row_end = std::min(row + outer_panels * side, tile.row_end);
      const int begin = row / side, end = (row_end + side - 1) / side;
      outer_block(anchor, panel * side, begin, end, block);
      for (int p = begin; p < end; ++p)
        transpose_block(block + (p - begin) * side * side, turned + (p - begin) * side * side, side);
      anchor.fused(fused, {row, row_end, panel, panel + 1});
    }
}

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
