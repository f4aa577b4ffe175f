#include "ops/lowerings.hpp"

#include <stdexcept>

// No switch here has a default: a new anchor has to be thought of.
#pragma GCC diagnostic error "-Wswitch"

namespace isthmus::lower {

const Lowering& lowering_of(plan::Anchor anchor) {
  using plan::Anchor;
  switch (anchor) {
    case Anchor::none: return ops::elementwise_lowering;
    case Anchor::scalar: return ops::scalar_lowering;
    case Anchor::matmul: return ops::matmul_lowering;
    case Anchor::transpose: return ops::transpose_lowering;
    case Anchor::column_sum: return ops::column_sum_lowering;
    case Anchor::row_sum: return ops::row_sum_lowering;
    case Anchor::total_sum: return ops::total_sum_lowering;
    case Anchor::rows: return ops::rows_lowering;
    case Anchor::reshape: return ops::reshape_lowering;
    case Anchor::move: return ops::move_lowering;
    case Anchor::gather: return ops::gather_lowering;
    case Anchor::scatter: return ops::scatter_lowering;
    case Anchor::recurrence: return ops::recurrence_lowering;
    case Anchor::recurrence_gradient: return ops::recurrence_gradient_lowering;
    case Anchor::batched_matmul: return ops::batched_matmul_lowering;
    case Anchor::random: return ops::random_lowering;
    case Anchor::top_k: return ops::top_k_lowering;
    case Anchor::sparse_scatter: return ops::sparse_scatter_lowering;
    case Anchor::sparse_gather: return ops::sparse_gather_lowering;
    case Anchor::sparse_matmul: return ops::sparse_matmul_lowering;
    case Anchor::sampled_matmul: return ops::sampled_matmul_lowering;
    case Anchor::sparse_outer: return ops::sparse_outer_lowering;
    case Anchor::conv2d: return ops::conv2d_lowering;
    case Anchor::conv2d_weights: return ops::conv2d_weights_lowering;
    case Anchor::conv2d_pack: return ops::conv2d_pack_lowering;
    case Anchor::conv2d_restore: return ops::conv2d_restore_lowering;
    case Anchor::max_pool: return ops::max_pool_lowering;
    case Anchor::max_unpool: return ops::max_unpool_lowering;
    case Anchor::max_gather: return ops::max_gather_lowering;
    case Anchor::resample: return ops::resample_lowering;
    case Anchor::all_reduce: return ops::all_reduce_lowering;
  }
  throw std::logic_error("lowering: expected an anchor of a plan");
}

}  // namespace isthmus::lower
