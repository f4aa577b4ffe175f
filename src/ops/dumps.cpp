#include "ops/dumps.hpp"

#include <stdexcept>

namespace isthmus {

// Switches without a default: the compiler asks for every new one.
const OperationText& text_of(Op op) {
  switch (op) {
    case Op::input: return ops::input_text;
    case Op::parameter: return ops::parameter_text;
    case Op::state: return ops::state_text;
    case Op::constant: return ops::constant_text;
    case Op::one_hot: return ops::one_hot_text;
    case Op::host_scalar: return ops::host_scalar_text;
    case Op::elementwise: return ops::elementwise_text;
    case Op::broadcast: return ops::broadcast_text;
    case Op::sum_to: return ops::sum_to_text;
    case Op::transpose: return ops::transpose_text;
    case Op::matmul: return ops::matmul_text;
    case Op::batched_matmul: return ops::batched_matmul_text;
    case Op::reshape: return ops::reshape_text;
    case Op::rows: return ops::rows_text;
    case Op::region: return ops::region_text;
    case Op::concat: return ops::concat_text;
    case Op::permute: return ops::permute_text;
    case Op::gather: return ops::gather_text;
    case Op::scatter: return ops::scatter_text;
    case Op::recurrence: return ops::recurrence_text;
    case Op::recurrence_gradient: return ops::recurrence_gradient_text;
    case Op::random: return ops::random_text;
    case Op::top_k: return ops::top_k_text;
    case Op::sparse_scatter: return ops::sparse_scatter_text;
    case Op::sparse_gather: return ops::sparse_gather_text;
    case Op::sparse_matmul: return ops::sparse_matmul_text;
    case Op::sampled_matmul: return ops::sampled_matmul_text;
    case Op::sparse_outer: return ops::sparse_outer_text;
    case Op::conv2d: return ops::conv2d_text;
    case Op::conv2d_transpose: return ops::conv2d_transpose_text;
    case Op::conv2d_weights: return ops::conv2d_weights_text;
    case Op::conv2d_pack: return ops::conv2d_pack_text;
    case Op::conv2d_restore: return ops::conv2d_restore_text;
    case Op::max_pool: return ops::max_pool_text;
    case Op::max_unpool: return ops::max_unpool_text;
    case Op::max_gather: return ops::max_gather_text;
    case Op::resample: return ops::resample_text;
    case Op::by_mode: return ops::by_mode_text;
    case Op::all_reduce: return ops::all_reduce_text;
    case Op::bottleneck: return ops::bottleneck_text;
    case Op::output: return ops::output_text;
    case Op::side_output: return ops::side_output_text;
    case Op::assign: return ops::assign_text;
  }
  throw std::logic_error("dump: expected an operation");
}

const AnchorText& text_of(plan::Anchor anchor) {
  using plan::Anchor;
  switch (anchor) {
    case Anchor::none: return ops::no_anchor;
    case Anchor::matmul: return ops::matmul_anchor;
    case Anchor::transpose: return ops::transpose_anchor;
    case Anchor::column_sum: return ops::column_sum_anchor;
    case Anchor::row_sum: return ops::row_sum_anchor;
    case Anchor::total_sum: return ops::total_sum_anchor;
    case Anchor::rows: return ops::rows_anchor;
    case Anchor::reshape: return ops::reshape_anchor;
    case Anchor::move: return ops::move_anchor;
    case Anchor::gather: return ops::gather_anchor;
    case Anchor::scatter: return ops::scatter_anchor;
    case Anchor::recurrence: return ops::recurrence_anchor;
    case Anchor::recurrence_gradient: return ops::recurrence_gradient_anchor;
    case Anchor::batched_matmul: return ops::batched_matmul_anchor;
    case Anchor::random: return ops::random_anchor;
    case Anchor::top_k: return ops::top_k_anchor;
    case Anchor::sparse_scatter: return ops::sparse_scatter_anchor;
    case Anchor::sparse_gather: return ops::sparse_gather_anchor;
    case Anchor::sparse_matmul: return ops::sparse_matmul_anchor;
    case Anchor::sampled_matmul: return ops::sampled_matmul_anchor;
    case Anchor::sparse_outer: return ops::sparse_outer_anchor;
    case Anchor::conv2d: return ops::conv2d_anchor;
    case Anchor::conv2d_weights: return ops::conv2d_weights_anchor;
    case Anchor::conv2d_pack: return ops::conv2d_pack_anchor;
    case Anchor::conv2d_restore: return ops::conv2d_restore_anchor;
    case Anchor::max_pool: return ops::max_pool_anchor;
    case Anchor::max_unpool: return ops::max_unpool_anchor;
    case Anchor::max_gather: return ops::max_gather_anchor;
    case Anchor::resample: return ops::resample_anchor;
    case Anchor::all_reduce: return ops::all_reduce_anchor;
    case Anchor::scalar: return ops::scalar_anchor;
  }
  throw std::logic_error("dump: expected an anchor");
}

}  // namespace isthmus
