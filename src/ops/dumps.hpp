// The texts of each operation and each anchor in dumps: defined in dump.cpp of the operation's folder.
#pragma once

#include "dump/operation_text.hpp"

namespace isthmus::ops {

// leaves
extern const OperationText input_text, parameter_text, state_text, constant_text, one_hot_text, host_scalar_text;
// elementwise
extern const OperationText elementwise_text;
extern const AnchorText no_anchor, scalar_anchor;
// sums
extern const OperationText broadcast_text, sum_to_text;
extern const AnchorText column_sum_anchor, row_sum_anchor, total_sum_anchor;
// matmul
extern const OperationText transpose_text, matmul_text;
extern const AnchorText transpose_anchor, matmul_anchor;
// batched_matmul
extern const OperationText batched_matmul_text;
extern const AnchorText batched_matmul_anchor;
// reshape
extern const OperationText reshape_text;
extern const AnchorText reshape_anchor;
// gather
extern const OperationText gather_text, scatter_text;
extern const AnchorText gather_anchor, scatter_anchor;
// movement
extern const OperationText region_text, concat_text, permute_text;
extern const AnchorText move_anchor;
// rows
extern const OperationText rows_text;
extern const AnchorText rows_anchor;
// recurrence
extern const OperationText recurrence_text, recurrence_gradient_text;
extern const AnchorText recurrence_anchor, recurrence_gradient_anchor;
// random
extern const OperationText random_text;
extern const AnchorText random_anchor;
// sparse
extern const OperationText top_k_text, sparse_scatter_text, sparse_gather_text, sparse_matmul_text,
    sampled_matmul_text, sparse_outer_text;
extern const AnchorText top_k_anchor, sparse_scatter_anchor, sparse_gather_anchor, sparse_matmul_anchor,
    sampled_matmul_anchor, sparse_outer_anchor;
// conv2d
extern const OperationText conv2d_text, conv2d_transpose_text, conv2d_weights_text, conv2d_pack_text,
    conv2d_restore_text;
extern const AnchorText conv2d_anchor, conv2d_weights_anchor, conv2d_pack_anchor, conv2d_restore_anchor;
// max_pool
extern const OperationText max_pool_text, max_unpool_text, max_gather_text;
extern const AnchorText max_pool_anchor, max_unpool_anchor, max_gather_anchor;
// resample
extern const OperationText resample_text;
extern const AnchorText resample_anchor;
// structure
extern const OperationText by_mode_text, all_reduce_text, bottleneck_text, output_text, side_output_text,
    assign_text;
extern const AnchorText all_reduce_anchor;

}  // namespace isthmus::ops
