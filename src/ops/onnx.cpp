#include "onnx.hpp"

// No switch here has a default: a new operation has to be thought of.
#pragma GCC diagnostic error "-Wswitch"

namespace isthmus::interchange {

const OnnxOperator* onnx_operator(Op op) {
  switch (op) {
    case Op::elementwise: return &onnx_elementwise;
    case Op::broadcast: return &onnx_broadcast;
    case Op::sum_to: return &onnx_sum_to;
    case Op::transpose: return &onnx_transpose;
    case Op::matmul: return &onnx_matmul;
    case Op::batched_matmul: return &onnx_batched_matmul;
    case Op::reshape: return &onnx_reshape;
    case Op::region: return &onnx_region;
    case Op::concat: return &onnx_concat;
    case Op::permute: return &onnx_permute;
    case Op::gather: return &onnx_gather;
    case Op::recurrence: return &onnx_recurrence;
    case Op::rows: return &onnx_rows;
    case Op::top_k: return &onnx_top_k;
    case Op::sparse_scatter: return &onnx_sparse_scatter;
    case Op::conv2d: return &onnx_conv2d;
    case Op::conv2d_transpose: return &onnx_conv2d_transpose;
    case Op::max_pool: return &onnx_max_pool;
    case Op::resample: return &onnx_resample;
    case Op::bottleneck: return &onnx_bottleneck;
    // No nodes of ONNX: inputs, constants and outputs.
    case Op::input:
    case Op::parameter:
    case Op::constant:
    case Op::one_hot:
    case Op::output:
    case Op::side_output: return nullptr;
    // Operations of training, and of plans.
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
    case Op::assign: return nullptr;
  }
  return nullptr;
}

}  // namespace isthmus::interchange
