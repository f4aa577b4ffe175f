// The anchors of matrices for every SIMD target, and the choice among them.
#include <isthmus/lower/targets.hpp>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/kernels.cpp"
#include <hwy/foreach_target.h>

#include "lower/peak-inl.h"
#include "ops/matmul/matmul-inl.h"
#include "ops/matmul/transpose-inl.h"
#include "ops/random/random-inl.h"
#include "ops/reshape/reshape-inl.h"
#include "ops/sums/sums-inl.h"

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

void matmul_anchor(const AnchorCall& anchor, const Tile& tile) {
  matmul<float>(anchor, tile, {anchor.b.data, anchor.b.panel_stride});
}
void transpose_anchor(const AnchorCall& anchor, const Tile& tile) { transpose(anchor, tile); }
void column_sum_anchor(const AnchorCall& anchor, const Tile& tile) { column_sum(anchor, tile); }
void row_sum_anchor(const AnchorCall& anchor, const Tile& tile) { row_sum(anchor, tile); }
void reshape_anchor(const AnchorCall& anchor, const Tile& tile) { reshape(anchor, tile); }
void random_anchor(const AnchorCall& anchor, const Tile& tile) { random_numbers(anchor, tile); }

const Kernels& matrix_table() {
  static const Kernels table = {.target = hwy::TargetName(HWY_TARGET),
                                .arithmetic = HWY_NATIVE_FMA ? "fused" : hwy::TargetName(HWY_TARGET),
                                .matmul = &matmul_anchor,
                                .transpose = &transpose_anchor,
                                .column_sum = &column_sum_anchor,
                                .row_sum = &row_sum_anchor,
                                .reshape = &reshape_anchor,
                                .random = &random_anchor,
                                .measure_peak = &measure_peak};
  return table;
}

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace isthmus::lower {

HWY_EXPORT(matrix_table);

const Kernels& matrix_kernels() { return HWY_DYNAMIC_DISPATCH(matrix_table)(); }

}  // namespace isthmus::lower
#endif
