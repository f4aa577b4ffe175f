#include "ops/footprints.hpp"

#include <stdexcept>

// No switch here has a default: a new anchor has to be thought of.
#pragma GCC diagnostic error "-Wswitch"

namespace isthmus::schedule {

const Footprint& footprint_of(plan::Anchor anchor) {
  using plan::Anchor;
  switch (anchor) {
    case Anchor::none: return ops::elementwise_footprint;
    case Anchor::scalar: return ops::scalar_footprint;
    case Anchor::matmul: return ops::matmul_footprint;
    case Anchor::transpose: return ops::transpose_footprint;
    case Anchor::column_sum: return ops::column_sum_footprint;
    case Anchor::row_sum: return ops::row_sum_footprint;
    case Anchor::total_sum: return ops::total_sum_footprint;
    case Anchor::rows: return ops::rows_footprint;
    case Anchor::reshape: return ops::reshape_footprint;
    case Anchor::move: return ops::move_footprint;
    case Anchor::gather: return ops::gather_footprint;
    case Anchor::scatter: return ops::scatter_footprint;
    case Anchor::recurrence:
    case Anchor::recurrence_gradient: return ops::recurrence_footprint;
    case Anchor::batched_matmul: return ops::batched_matmul_footprint;
    case Anchor::random: return ops::random_footprint;
    case Anchor::top_k: return ops::top_k_footprint;
    case Anchor::sparse_scatter: return ops::sparse_scatter_footprint;
    case Anchor::sparse_gather: return ops::sparse_gather_footprint;
    case Anchor::sparse_matmul: return ops::sparse_matmul_footprint;
    case Anchor::sampled_matmul: return ops::sampled_matmul_footprint;
    case Anchor::sparse_outer: return ops::sparse_outer_footprint;
    case Anchor::conv2d: return ops::conv2d_footprint;
    case Anchor::conv2d_weights: return ops::conv2d_weights_footprint;
    case Anchor::conv2d_pack: return ops::conv2d_pack_footprint;
    case Anchor::conv2d_restore: return ops::conv2d_restore_footprint;
    case Anchor::max_pool: return ops::max_pool_footprint;
    case Anchor::max_unpool: return ops::max_unpool_footprint;
    case Anchor::max_gather: return ops::max_gather_footprint;
    case Anchor::resample: return ops::resample_footprint;
    case Anchor::all_reduce: break;
  }
  throw std::logic_error("footprint: expected an anchor that is cut into tiles");
}

}  // namespace isthmus::schedule
