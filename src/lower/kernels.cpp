// The anchors of every SIMD target, and the choice among them.
#include <isthmus/lower/targets.hpp>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "lower/kernels.cpp"
#include <hwy/foreach_target.h>

#include "lower/matmul-inl.h"
#include "lower/peak-inl.h"
#include "lower/sums-inl.h"

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

void matmul_anchor(const AnchorCall& anchor, const Tile& tile) { matmul(anchor, tile); }
void transpose_anchor(const AnchorCall& anchor, const Tile& tile) { transpose(anchor, tile); }
void column_sum_anchor(const AnchorCall& anchor, const Tile& tile) { column_sum(anchor, tile); }
void row_sum_anchor(const AnchorCall& anchor, const Tile& tile) { row_sum(anchor, tile); }

const Kernels& kernel_table() {
  static const Kernels table = {hwy::TargetName(HWY_TARGET), &matmul_anchor,  &transpose_anchor,
                                &column_sum_anchor,          &row_sum_anchor, &measure_peak};
  return table;
}

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace isthmus::lower {

HWY_EXPORT(kernel_table);

const Kernels& kernels() { return HWY_DYNAMIC_DISPATCH(kernel_table)(); }

}  // namespace isthmus::lower
#endif
