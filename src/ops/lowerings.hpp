// The lowerings of all anchors, each defined in its operation's folder.
#pragma once

#include "lower/lowering.hpp"

namespace isthmus::ops {

/// `bind` for anchors that have their operands and nothing else.
inline void bind_nothing(const plan::PlanView&, const plan::Group&, lower::AnchorCall&) {}

extern const lower::Lowering elementwise_lowering, scalar_lowering, matmul_lowering, transpose_lowering,
    column_sum_lowering, row_sum_lowering, total_sum_lowering, rows_lowering, reshape_lowering, move_lowering,
    gather_lowering, scatter_lowering, random_lowering, conv2d_lowering, conv2d_weights_lowering,
    conv2d_pack_lowering, conv2d_restore_lowering, max_pool_lowering, max_unpool_lowering, max_gather_lowering,
    resample_lowering, all_reduce_lowering;

}  // namespace isthmus::ops
