// Gradients of weights beside sparse rows: scattered valuesᵀ · rows, or its transpose. Once per SIMD target; what
// its bits are says products-inl.h.
#if defined(ISTHMUS_SRC_OPS_SPARSE_OUTER_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ISTHMUS_SRC_OPS_SPARSE_OUTER_INL_H_
#undef ISTHMUS_SRC_OPS_SPARSE_OUTER_INL_H_
#else
#define ISTHMUS_SRC_OPS_SPARSE_OUTER_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <bit>

#include "ops/matmul/matmul-inl.h"
#include "ops/matmul/transpose-inl.h"
#include "ops/sparse/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

/// Columns of the dense operand that a block of a gradient covers, in panels.
inline constexpr int outer_panels = 64;

/// Which of sixteen floats are in [low, high), a bit for each.
HWY_INLINE std::uint32_t between(const float* values, float low, float high) {
  const MatmulTag d;
  const auto least = hn::Set(d, low), limit = hn::Set(d, high);
  return bits_where(values,
                    [&](hn::Vec<MatmulTag> x) HWY_ATTR { return hn::And(hn::Ge(x, least), hn::Lt(x, limit)); });
}

/// Blocks of sixteen rows of a gradient whose values are looked up together, and the most of these values.
inline constexpr int outer_blocks = 64;
inline constexpr int outer_values = 8192;

/// The values of all samples that go to some rows of a gradient: a list for each block of sixteen rows, in the
/// samples' order. A search through all columns for each block would take longer than the products.
struct OuterLists {
  struct Value {
    float value;
    int sample;
    int row;   ///< of its block
    int next;  ///< in its list, or -1
  };
  Value values[outer_values];
  int first[outer_blocks], last[outer_blocks];
  int begin = 0;          ///< the first of the rows
  bool is_whole = false;  ///< whether there was room for all samples

  /// Reads samples from `sample` on while there is room, for the rows [from, to); gives the first that it has not
  /// read.
  int read(const AnchorCall& anchor, int sample, int from, int to) {
    constexpr int side = plan::panel_width;
    const int kept = anchor.a_columns / 2, start = sample;
    const auto low = static_cast<float>(from), high = static_cast<float>(to);
    begin = from;
    std::fill_n(first, outer_blocks, -1);
    int count = 0;
    for (; sample < anchor.a_rows && count + kept <= outer_values; ++sample)
      for (int c = kept / side * side; c < 2 * kept; c += side) {
        std::uint32_t bits = between(&element_of(anchor.c, sample, c), low, high);
        if (c < kept) bits &= ~0u << (kept - c);
        if (2 * kept - c < side) bits &= (1u << (2 * kept - c)) - 1;
        for (; bits != 0; bits &= bits - 1) {
          const int column = c + std::countr_zero(bits);
          const int row = static_cast<int>(element_of(anchor.c, sample, column)) - from, block = row / side;
          values[count] = {element_of(anchor.a, sample, column - kept), sample, row % side, -1};
          (first[block] < 0 ? first[block] : values[last[block]].next) = count;
          last[block] = count++;
        }
      }
    is_whole = start == 0 && sample == anchor.a_rows;
    return sample;
  }
};

/// Adds the products of a list to sixteen rows, for the panels [begin, end) of the dense operand's rows.
HWY_INLINE void add_products(const AnchorCall& anchor, const OuterLists& lists, int block_number, int begin,
                             int end, float* block) {
  constexpr int side = plan::panel_width;
  const MatmulTag d;
  for (int i = lists.first[block_number]; i >= 0; i = lists.values[i].next) {
    const OuterLists::Value& one = lists.values[i];
    const auto x = hn::Set(d, one.value);
    float* to = block + one.row * side;
    const float* from = &element_of(anchor.b, one.sample, begin * side);
    for (int p = begin; p < end; ++p, to += side * side, from += anchor.b.panel_stride)
#pragma GCC unroll 16
      for (int v = 0; v < panel_vectors; ++v)
        hn::StoreU(hn::MulAdd(x, hn::LoadU(d, from + v * lanes), hn::LoadU(d, to + v * lanes)), d, to + v * lanes);
  }
}

/// Sixteen rows of scattered valuesᵀ · rows, from row `first`, for the panels [begin, end) of the rows: panel
/// after panel of sixteen rows. Samples add up in their order.
HWY_INLINE void outer_block(const AnchorCall& anchor, OuterLists& lists, int first, int begin, int end,
                            float* block) {
  constexpr int side = plan::panel_width;
  std::fill_n(block, (end - begin) * side * side, 0.0f);
  if (lists.is_whole) return add_products(anchor, lists, (first - lists.begin) / side, begin, end, block);
  for (int sample = 0; sample < anchor.a_rows;) {
    sample = lists.read(anchor, sample, first, first + side);
    add_products(anchor, lists, 0, begin, end, block);
  }
}

/// Calls `compute(first)` for each block of sixteen rows of a gradient, of the rows [begin, end), with their
/// values looked up for as many blocks at once as there is room for.
template <class Compute>
HWY_INLINE void for_each_block(const AnchorCall& anchor, OuterLists& lists, int begin, int end, Compute compute) {
  constexpr int side = plan::panel_width;
  for (int span = outer_blocks * side; begin < end; begin += span) {
    lists.read(anchor, 0, begin, std::min(begin + span, end));
    while (!lists.is_whole && span > side) {
      span = std::max(side, span / 2 / side * side);
      lists.read(anchor, 0, begin, std::min(begin + span, end));
    }
    for (int first = begin; first < std::min(begin + span, end); first += side) compute(first);
  }
}

HWY_INLINE void sparse_outer(const AnchorCall& anchor, const Tile& tile) {
  constexpr int side = plan::panel_width;
  HWY_ALIGN float block[outer_panels * side * side];
  OuterLists lists;
  FusedCall fused = anchor.call;
  if (!anchor.transpose_a) {
    fused.accumulator = block;
    fused.accumulator_panel_stride = side * side;
    for_each_block(anchor, lists, tile.row_begin, tile.row_end, [&](int first) HWY_ATTR {
      for (int p = tile.panel_begin; p < tile.panel_end; p += outer_panels) {
        const int end = std::min(p + outer_panels, tile.panel_end);
        outer_block(anchor, lists, first, p, end, block);
        anchor.fused(fused, {first, std::min(first + side, tile.row_end), p, end});
      }
    });
    return;
  }
  HWY_ALIGN float turned[outer_panels * side * side];
  fused.accumulator = turned;
  fused.accumulator_panel_stride = 0;  // of one panel
  const int columns = std::min(tile.panel_end * side, anchor.call.columns);
  for_each_block(anchor, lists, tile.panel_begin * side, columns, [&](int first) HWY_ATTR {
    for (int row = tile.row_begin; row < tile.row_end; row += outer_panels * side) {
      const int row_end = std::min(row + outer_panels * side, tile.row_end);
      const int begin = row / side, end = (row_end + side - 1) / side;
      outer_block(anchor, lists, first, begin, end, block);
      for (int p = begin; p < end; ++p)
        transpose_block(block + (p - begin) * side * side, turned + (p - begin) * side * side, side);
      anchor.fused(fused, {row, row_end, first / side, first / side + 1});
    }
  });
}

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
