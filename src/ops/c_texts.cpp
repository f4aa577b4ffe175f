#include "ops/c_texts.hpp"

// No switch here has a default: a new operation has to be thought of.
#pragma GCC diagnostic error "-Wswitch"

namespace isthmus::interchange {

const COperation* c_operation(Op op) {
  switch (op) {
    case Op::elementwise: return &c_text::elementwise;
    case Op::broadcast: return &c_text::broadcast;
    case Op::sum_to: return &c_text::sum_to;
    case Op::transpose: return &c_text::transpose;
    case Op::matmul: return &c_text::matmul;
    case Op::batched_matmul: return &c_text::batched_matmul;
    case Op::region: return &c_text::region;
    case Op::concat: return &c_text::concat;
    case Op::permute: return &c_text::permute;
    case Op::gather: return &c_text::gather;
    case Op::recurrence: return &c_text::recurrence;
    case Op::rows: return &c_text::rows;
    case Op::top_k: return &c_text::top_k;
    case Op::sparse_scatter: return &c_text::sparse_scatter;
    case Op::conv2d: return &c_text::conv2d;
    case Op::conv2d_transpose: return &c_text::conv2d_transpose;
    case Op::max_pool: return &c_text::max_pool;
    case Op::resample: return &c_text::resample;
    case Op::output: return &c_text::output;
    case Op::side_output: return &c_text::side_output;
    // Not computed: handed in, known beforehand, or where their operand is.
    case Op::input:
    case Op::parameter:
    case Op::constant:
    case Op::one_hot:
    case Op::reshape:
    case Op::bottleneck:
    // Operations of training, or of plans.
    case Op::state:
    case Op::host_scalar:
    case Op::random:
    case Op::sparse_gather:
    case Op::sparse_matmul:
    case Op::sampled_matmul:
    case Op::sparse_outer:
    case Op::conv2d_weights:
    case Op::conv2d_pack:
    case Op::conv2d_restore:
    case Op::max_unpool:
    case Op::max_gather:
    case Op::scatter:
    case Op::recurrence_gradient:
    case Op::by_mode:
    case Op::all_reduce:
    case Op::assign: break;
  }
  return nullptr;
}

}  // namespace isthmus::interchange
