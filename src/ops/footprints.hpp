// The footprints of all anchors, each in its operation's folder.
#pragma once

#include "schedule/footprint.hpp"

namespace isthmus::ops {

extern const schedule::Footprint elementwise_footprint, scalar_footprint, matmul_footprint, transpose_footprint,
    column_sum_footprint, row_sum_footprint, total_sum_footprint, rows_footprint, reshape_footprint,
    move_footprint, gather_footprint, scatter_footprint, recurrence_footprint, batched_matmul_footprint,
    random_footprint, top_k_footprint, sparse_scatter_footprint, sparse_gather_footprint, sparse_matmul_footprint,
    sampled_matmul_footprint, sparse_outer_footprint, conv2d_footprint, conv2d_weights_footprint,
    conv2d_pack_footprint, conv2d_restore_footprint, max_pool_footprint, max_unpool_footprint,
    max_gather_footprint, resample_footprint;

}  // namespace isthmus::ops
