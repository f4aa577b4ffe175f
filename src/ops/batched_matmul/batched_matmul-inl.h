// Products of each sample's matrices, head by head, by the micro-kernels of matmul. Once per SIMD target.
//
// A product with a transpose on the right has its right operand turned into a workspace, block by block. The
// others read both operands where they lie; where a panel of the result has columns of several heads, it is
// computed for each of them, and each hands over its own columns.
//
// Every element of the result is one chain of fused multiply-adds over the inner index, in order, as in matmul.
#if defined(ISTHMUS_SRC_OPS_BATCHED_MATMUL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ISTHMUS_SRC_OPS_BATCHED_MATMUL_INL_H_
#undef ISTHMUS_SRC_OPS_BATCHED_MATMUL_INL_H_
#else
#define ISTHMUS_SRC_OPS_BATCHED_MATMUL_INL_H_
#endif

#include <isthmus/lower/program.hpp>

#include <algorithm>

#include "ops/matmul/matmul-inl.h"
#include "ops/matmul/transpose-inl.h"

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

/// Rows and panels of a piece of the result, and rows of a block of the right operand that is turned: pieces and
/// blocks stay in the first-level cache and in the second-level one.
inline constexpr int batched_rows = 128;
inline constexpr int batched_panels = 4;
inline constexpr int batched_depth = 256;

/// One tile of the result.
class BatchedTile {
 public:
  HWY_INLINE BatchedTile(const AnchorCall& anchor, const Tile& tile)
      : anchor_(anchor),
        tile_(tile),
        tall_(anchor.transpose_b),
        heads_(anchor.heads),
        head_columns_(anchor.shapes[1].dim[2] / heads_),
        a_rows_(anchor.shapes[0].dim[1]),
        b_rows_(anchor.shapes[1].dim[1]) {}

  HWY_INLINE void run() {
    FusedCall fused = anchor_.call;
    fused.accumulator_panel_stride = piece_stride;
    // Rows that are of one sample, and in a tall matrix of one head.
    const int unit = tall_ ? a_rows_ : anchor_.shapes[3].dim[1];
    for (int row = tile_.row_begin; row < tile_.row_end;) {
      const int number = row / unit;
      first_ = row - number * unit;
      sample_ = tall_ ? number / heads_ : number;
      // Columns of a transposed operand are read by whole panels: a piece starts with one.
      skipped_ = anchor_.transpose_a ? first_ % width : 0;
      rows_ = std::min({unit - first_, tile_.row_end - row, batched_rows - skipped_});
      fused.accumulator = piece_ + skipped_ * width;
      for (int p = tile_.panel_begin; p < tile_.panel_end;) {
        const int end = tall_ ? std::min(p + batched_panels, tile_.panel_end) : end_of_panels(p);
        if (tall_) scores(number % heads_, p, end);
        else mixtures(p, end);
        anchor_.fused(fused, {row, row + rows_, p, end});
        p = end;
      }
      row += rows_;
    }
  }

 private:
  static constexpr std::int64_t piece_stride = batched_rows * width;

  int first_head(int panel) const { return panel * width / head_columns_; }
  int last_head(int panel) const {
    return (std::min((panel + 1) * width, heads_ * head_columns_) - 1) / head_columns_;
  }
  /// Panels that are computed together: of one head, or a single one.
  int end_of_panels(int panel) const {
    const int head = first_head(panel), most = std::min(panel + batched_panels, tile_.panel_end);
    int end = panel + 1;
    if (last_head(panel) == head)
      while (end < most && last_head(end) == head) ++end;
    return end;
  }
  const float* row_of_b(int row, int panel) const {
    return anchor_.b.data + panel * anchor_.b.panel_stride + (std::int64_t{sample_} * b_rows_ + row) * width;
  }

  /// Both operands are wide. The head's columns of the left one are read where they lie: those up to the end of a
  /// panel first, the others in whole panels.
  HWY_INLINE void scores(int head, int panel, int panel_end) {
    MicroCall call;
    call.a_panel_stride = anchor_.a.panel_stride;
    call.b = turned_;
    call.b_panel_stride = batched_depth * width;
    call.out = piece_;
    call.out_panel_stride = piece_stride;
    for (int k = 0; k < head_columns_; k += call.inner) {
      const int column = head * head_columns_ + k, lane = column % width;
      call.inner = std::min(head_columns_ - k, lane != 0 ? width - lane : batched_depth);
      for (int p = panel; p < panel_end; ++p)
        turn(column, call.inner, p, turned_ + (p - panel) * call.b_panel_stride);
      call.a = anchor_.a.data + column / width * anchor_.a.panel_stride +
               (std::int64_t{sample_} * a_rows_ + first_) * width + lane;
      if (k == 0) multiply(call, rows_, panel_end - panel);
      else multiply<true>(call, rows_, panel_end - panel);
    }
  }

  /// The columns of the right operand from `column` on, `count` of them, as rows of a panel; its rows 16 `panel` …
  /// become columns. Rows that are not there are zero.
  HWY_INLINE void turn(int column, int count, int panel, float* to) const {
    const int lane = column % width, valid = std::min(width, b_rows_ - panel * width);
    for (int k = 0; k < count; k += width, to += width * width) {
      const float* const from = row_of_b(panel * width, (column + k) / width) + lane;
      if (lane == 0 && valid == width) {
        transpose_block(from, to, width);
        continue;
      }
      for (int c = 0; c < std::min(width, count - k); ++c)
        for (int r = 0; r < width; ++r) to[c * width + r] = r < valid ? from[r * width + c] : 0.0f;
    }
  }

  /// The left operand is tall, the right one and the result are wide.
  HWY_INLINE void mixtures(int panel, int panel_end) {
    const int first = first_head(panel), last = last_head(panel);
    mixture(first, panel, panel_end, piece_);
    for (int head = first + 1; head <= last; ++head) {
      mixture(head, panel, panel_end, other_);
      const int begin = head * head_columns_ - panel * width, end = std::min(width, begin + head_columns_);
      for (int r = skipped_; r < skipped_ + rows_; ++r)
        std::copy(other_ + r * width + begin, other_ + r * width + end, piece_ + r * width + begin);
    }
  }

  HWY_INLINE void mixture(int head, int panel, int panel_end, float* to) const {
    const int head_rows = a_rows_ / heads_;
    const float* const a = anchor_.a.data + (std::int64_t{sample_} * a_rows_ + head * head_rows) * width;
    const float* const b = row_of_b(0, panel);
    MicroCall call{a, anchor_.a.panel_stride, b, anchor_.b.panel_stride, b_rows_, to, piece_stride};
    if (!anchor_.transpose_a) {
      call.a += std::int64_t{first_} * width;
      multiply(call, rows_, panel_end - panel);
      return;
    }
    for (int r = 0; r < skipped_ + rows_; r += width) {
      call.a = a + (first_ - skipped_ + r) / width * anchor_.a.panel_stride;
      call.out = to + r * width;
      multiply_transposed(call, panel_end - panel, false);
    }
  }

  const AnchorCall& anchor_;
  const Tile& tile_;
  const bool tall_;  ///< the result is; else it is wide
  const int heads_, head_columns_;
  const int a_rows_, b_rows_;  ///< of a sample
  // The piece: its sample, its first row in the sample or head, its rows, and rows before it that are computed
  // too.
  int sample_ = 0, first_ = 0, rows_ = 0, skipped_ = 0;
  HWY_ALIGN float piece_[batched_panels * batched_rows * width];
  HWY_ALIGN float other_[batched_rows * width];  ///< one panel, of another head
  HWY_ALIGN float turned_[batched_panels * batched_depth * width];
};

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
