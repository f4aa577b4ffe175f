// The largest values of each row, exactly, in one pass: a row's values are compared with a threshold that k values
// before them have reached, and only those above it become candidates. When there is no more room for these, all
// but the best k go, and the threshold rises. Of n values in random order about k ln(n / k) become candidates.
// Once per SIMD target; the same bits on all of them.
#if defined(ISTHMUS_SRC_OPS_SPARSE_TOP_K_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ISTHMUS_SRC_OPS_SPARSE_TOP_K_INL_H_
#undef ISTHMUS_SRC_OPS_SPARSE_TOP_K_INL_H_
#else
#define ISTHMUS_SRC_OPS_SPARSE_TOP_K_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <bit>
#include <functional>
#include <limits>

#include "ops/matmul/matmul-inl.h"
#include "ops/sparse/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

/// A value and its column in one number: the larger the number, the larger the value, and of equal values the
/// first has the larger one. Zeros of either sign are equal; a NaN is larger than anything.
using Candidate = std::uint64_t;

HWY_INLINE Candidate candidate(float value, int column) {
  const auto bits = std::bit_cast<std::uint32_t>(value + 0.0f);  // -0 becomes 0
  const std::uint32_t order = value != value ? ~std::uint32_t{0} : (bits >> 31) != 0 ? ~bits : bits | 0x80000000u;
  return Candidate{order} << 32 | ~static_cast<std::uint32_t>(column);
}
HWY_INLINE int column_of(Candidate one) { return static_cast<int>(~static_cast<std::uint32_t>(one)); }
HWY_INLINE float value_of(Candidate one) {
  const auto order = static_cast<std::uint32_t>(one >> 32);
  return std::bit_cast<float>((order >> 31) != 0 ? order ^ 0x80000000u : ~order);
}

/// Rows whose panels are read together: sixteen rows of a panel are 1 KB in one piece.
inline constexpr int ranked_rows = 16;
/// Candidates of all of these rows.
inline constexpr int ranked_room = 16384;
static_assert(ranked_room >= 2 * most_kept_values + plan::panel_width);

/// The candidates of one row.
struct Ranking {
  Candidate* list = nullptr;
  int count = 0;
  /// What a value has to exceed. Nothing is less than NaN or equal to it: at first every value is a candidate.
  float threshold = std::numeric_limits<float>::quiet_NaN();

  /// Leaves the best, in any order.
  void keep(int best) {
    if (count <= best) return;
    std::nth_element(list, list + best - 1, list + count, std::greater<Candidate>());
    count = best;
    threshold = value_of(list[best - 1]);
  }
};

/// Which of sixteen values are not at most the threshold, a bit for each.
HWY_INLINE std::uint32_t above(const float* values, float threshold) {
  const auto limit = hn::Set(MatmulTag(), threshold);
  return bits_where(values, [&](hn::Vec<MatmulTag> x) HWY_ATTR { return hn::Not(hn::Le(x, limit)); });
}

/// Hands on a sparse row of the best.
HWY_INLINE void hand_on(const AnchorCall& anchor, FusedCall& fused, int row, Ranking& ranking, float* piece) {
  const int kept = anchor.call.columns / 2;
  // Only columns count from here on: those of the first come first.
  std::sort(ranking.list, ranking.list + kept, [](Candidate x, Candidate y) {
    return static_cast<std::uint32_t>(x) > static_cast<std::uint32_t>(y);
  });
  for (int j = 0; j < kept; ++j) {
    const int column = column_of(ranking.list[j]);
    piece[j] = element_of(anchor.a, row, column);
    piece[kept + j] = static_cast<float>(column);
  }
  anchor.fused(fused, {row, row + 1, 0, plan::panels_of(anchor.call.columns)});
}

HWY_INLINE void top_k(const AnchorCall& anchor, const Tile& tile) {
  constexpr int side = plan::panel_width;
  HWY_ALIGN Candidate memory[ranked_room];
  HWY_ALIGN float piece[2 * most_kept_values];
  FusedCall fused = anchor.call;
  fused.accumulator = piece;
  fused.accumulator_panel_stride = side;
  const int kept = anchor.call.columns / 2, n = anchor.a_columns;
  std::fill_n(piece, plan::panels_of(anchor.call.columns) * side, 0.0f);
  // Enough that candidates are seldom sorted out, few enough that they stay in the first-level cache.
  const int room = std::min(std::max(4 * kept, 2 * side), ranked_room / 2) + side;
  const int at_once = std::min(ranked_rows, ranked_room / room);
  for (int first = tile.row_begin; first < tile.row_end; first += at_once) {
    const int rows = std::min(at_once, tile.row_end - first);
    Ranking rankings[ranked_rows];
    for (int r = 0; r < rows; ++r) rankings[r].list = memory + r * room;
    for (int column = 0; column < n; column += side) {
      const float* const values = &element_of(anchor.a, first, column);
      const std::uint32_t valid = n - column < side ? (1u << (n - column)) - 1 : 0xffffu;
      for (int r = 0; r < rows; ++r) {
        Ranking& ranking = rankings[r];
        const float* const from = values + r * anchor.a.row_stride;
        for (std::uint32_t bits = above(from, ranking.threshold) & valid; bits != 0; bits &= bits - 1) {
          const int lane = std::countr_zero(bits);
          ranking.list[ranking.count++] = candidate(from[lane], column + lane);
        }
        if (ranking.count > room - side) ranking.keep(kept);
      }
    }
    for (int r = 0; r < rows; ++r) {
      rankings[r].keep(kept);
      hand_on(anchor, fused, first + r, rankings[r], piece);
    }
  }
}

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
