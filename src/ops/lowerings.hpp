// The lowerings of all anchors, each defined in its operation's folder.
#pragma once

#include "lower/lowering.hpp"

namespace isthmus::ops {

/// `bind` for anchors that have their operands and nothing else.
inline void bind_nothing(const plan::PlanView&, const plan::Group&, lower::AnchorCall&) {}
/// `bind` for anchors that need to know the shapes of their operands and of their result.
inline void bind_shapes(const plan::PlanView& plan, const plan::Group& group, lower::AnchorCall& call) {
  const Node& node = plan.graph[group.node];
  for (int k = 0; k < 3 && node.inputs[k] >= 0; ++k) call.shapes[k] = plan.graph[node.inputs[k]].shape;
  call.shapes[3] = node.shape;
}

extern const lower::Lowering elementwise_lowering, scalar_lowering, matmul_lowering, transpose_lowering,
    column_sum_lowering, row_sum_lowering, total_sum_lowering, rows_lowering, reshape_lowering, move_lowering,
    gather_lowering, scatter_lowering, recurrence_lowering, recurrence_gradient_lowering, batched_matmul_lowering,
    random_lowering, top_k_lowering, sparse_scatter_lowering, sparse_gather_lowering, sparse_matmul_lowering,
    sampled_matmul_lowering, sparse_outer_lowering, conv2d_lowering, conv2d_weights_lowering, conv2d_pack_lowering,
    conv2d_restore_lowering, max_pool_lowering, max_unpool_lowering, max_gather_lowering, resample_lowering,
    all_reduce_lowering;

}  // namespace isthmus::ops
