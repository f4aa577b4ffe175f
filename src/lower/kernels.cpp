// The anchors of every SIMD target, and the choice among them.
#include <isthmus/lower/targets.hpp>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "lower/kernels.cpp"
#include <hwy/foreach_target.h>

#include "lower/convolve-inl.h"
#include "lower/images-inl.h"
#include "lower/matmul-inl.h"
#include "lower/narrow-inl.h"
#include "lower/peak-inl.h"
#include "lower/random-inl.h"
#include "lower/sums-inl.h"
#include "lower/weights-inl.h"

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

void matmul_anchor(const AnchorCall& anchor, const Tile& tile) { matmul(anchor, tile); }
void transpose_anchor(const AnchorCall& anchor, const Tile& tile) { transpose(anchor, tile); }
void column_sum_anchor(const AnchorCall& anchor, const Tile& tile) { column_sum(anchor, tile); }
void row_sum_anchor(const AnchorCall& anchor, const Tile& tile) { row_sum(anchor, tile); }
void conv2d_anchor(const AnchorCall& anchor, const Tile& tile) {
  HWY_ALIGN float workspace[workspace_floats];
  if (anchor.image.algorithm == Algorithm::narrow) conv2d_narrow(anchor, tile, workspace);
  else ConvolutionTile(anchor, tile, workspace).run();
}
void conv2d_weights_anchor(const AnchorCall& anchor, const Tile& tile) {
  HWY_ALIGN float workspace[workspace_floats];
  WeightsTile(anchor, tile, workspace).run();
}
void conv2d_prepare_anchor(const AnchorCall& anchor, const Tile& tile) { conv2d_prepare(anchor, tile); }
void conv2d_restore_anchor(const AnchorCall& anchor, const Tile& tile) { conv2d_restore(anchor, tile); }
void max_pool_anchor(const AnchorCall& anchor, const Tile& tile) { max_pool(anchor, tile); }
void max_unpool_anchor(const AnchorCall& anchor, const Tile& tile) { max_unpool(anchor, tile); }
void max_gather_anchor(const AnchorCall& anchor, const Tile& tile) { max_gather(anchor, tile); }
void resample_anchor(const AnchorCall& anchor, const Tile& tile) { resample(anchor, tile); }
void reshape_anchor(const AnchorCall& anchor, const Tile& tile) { reshape(anchor, tile); }
void random_anchor(const AnchorCall& anchor, const Tile& tile) { random_numbers(anchor, tile); }

const Kernels& kernel_table() {
  static const Kernels table = {.target = hwy::TargetName(HWY_TARGET),
                                .matmul = &matmul_anchor,
                                .transpose = &transpose_anchor,
                                .column_sum = &column_sum_anchor,
                                .row_sum = &row_sum_anchor,
                                .conv2d = &conv2d_anchor,
                                .conv2d_weights = &conv2d_weights_anchor,
                                .conv2d_prepare = &conv2d_prepare_anchor,
                                .conv2d_restore = &conv2d_restore_anchor,
                                .max_pool = &max_pool_anchor,
                                .max_unpool = &max_unpool_anchor,
                                .max_gather = &max_gather_anchor,
                                .resample = &resample_anchor,
                                .reshape = &reshape_anchor,
                                .random = &random_anchor,
                                .measure_peak = &measure_peak};
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
