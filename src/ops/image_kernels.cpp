// The anchors of images, of sequences, of values that move, of tables and of sparse rows, beside those of
// matrices. A program without these links none of this: the linker takes it or leaves it as a whole.
#include <isthmus/lower/targets.hpp>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/image_kernels.cpp"
#include <hwy/foreach_target.h>

#include "ops/batched_matmul/batched_matmul-inl.h"
#include "ops/conv2d/convolve-inl.h"
#include "ops/conv2d/depthwise-inl.h"
#include "ops/conv2d/narrow-inl.h"
#include "ops/conv2d/weights-inl.h"
#include "ops/conv2d/weights_gradient-inl.h"
#include "ops/gather/gather.hpp"
#include "ops/max_pool/max_pool-inl.h"
#include "ops/movement/move.hpp"
#include "ops/resample/resample-inl.h"
#include "ops/sparse/outer-inl.h"
#include "ops/sparse/products-inl.h"
#include "ops/sparse/rows-inl.h"
#include "ops/sparse/top_k-inl.h"

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

void batched_matmul_anchor(const AnchorCall& anchor, const Tile& tile) { BatchedTile(anchor, tile).run(); }
void conv2d_anchor(const AnchorCall& anchor, const Tile& tile) {
  HWY_ALIGN float workspace[workspace_floats];
  switch (anchor.image.algorithm) {
    case Algorithm::narrow: return NarrowTile(anchor, tile, workspace).run();
    case Algorithm::depthwise: return DepthwiseTile(anchor, tile, workspace).run();
    default: return ConvolutionTile(anchor, tile, workspace).run();
  }
}
void conv2d_weights_anchor(const AnchorCall& anchor, const Tile& tile) {
  if (anchor.image.algorithm == Algorithm::depthwise) return DepthwiseWeightsTile(anchor, tile).run();
  HWY_ALIGN float workspace[workspace_floats];
  WeightsTile(anchor, tile, workspace).run();
}
void conv2d_pack_anchor(const AnchorCall& anchor, const Tile& tile) { conv2d_pack(anchor, tile); }
void conv2d_restore_anchor(const AnchorCall& anchor, const Tile& tile) { conv2d_restore(anchor, tile); }
void max_pool_anchor(const AnchorCall& anchor, const Tile& tile) { max_pool(anchor, tile); }
void max_unpool_anchor(const AnchorCall& anchor, const Tile& tile) { max_unpool(anchor, tile); }
void max_gather_anchor(const AnchorCall& anchor, const Tile& tile) { max_gather(anchor, tile); }
void resample_anchor(const AnchorCall& anchor, const Tile& tile) { resample(anchor, tile); }
void top_k_anchor(const AnchorCall& anchor, const Tile& tile) { top_k(anchor, tile); }
void sparse_scatter_anchor(const AnchorCall& anchor, const Tile& tile) { sparse_scatter(anchor, tile); }
void sparse_gather_anchor(const AnchorCall& anchor, const Tile& tile) { sparse_gather(anchor, tile); }
void sparse_matmul_anchor(const AnchorCall& anchor, const Tile& tile) { sparse_matmul(anchor, tile); }
void sampled_matmul_anchor(const AnchorCall& anchor, const Tile& tile) { sampled_matmul(anchor, tile); }
void sparse_outer_anchor(const AnchorCall& anchor, const Tile& tile) { sparse_outer(anchor, tile); }

// Defined in kernels.cpp and in recurrence/recurrence_kernels.cpp, for the same target.
const Kernels& matrix_table();
void recurrence_anchor(const AnchorCall& anchor, const Tile& tile);
void recurrence_gradient_anchor(const AnchorCall& anchor, const Tile& tile);

const Kernels& whole_table() {
  static const Kernels table = [] {
    Kernels all = matrix_table();
    all.batched_matmul = &batched_matmul_anchor;
    all.conv2d = &conv2d_anchor;
    all.conv2d_weights = &conv2d_weights_anchor;
    all.conv2d_pack = &conv2d_pack_anchor;
    all.conv2d_restore = &conv2d_restore_anchor;
    all.max_pool = &max_pool_anchor;
    all.max_unpool = &max_unpool_anchor;
    all.max_gather = &max_gather_anchor;
    all.resample = &resample_anchor;
    all.move = &move_values;
    all.gather = &gather_rows;
    all.scatter = &scatter_rows;
    all.recurrence = &recurrence_anchor;
    all.recurrence_gradient = &recurrence_gradient_anchor;
    all.top_k = &top_k_anchor;
    all.sparse_scatter = &sparse_scatter_anchor;
    all.sparse_gather = &sparse_gather_anchor;
    all.sparse_matmul = &sparse_matmul_anchor;
    all.sampled_matmul = &sampled_matmul_anchor;
    all.sparse_outer = &sparse_outer_anchor;
    return all;
  }();
  return table;
}

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace isthmus::lower {

HWY_EXPORT(whole_table);

const Kernels& kernels() { return HWY_DYNAMIC_DISPATCH(whole_table)(); }

}  // namespace isthmus::lower
#endif
