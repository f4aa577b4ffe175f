// The operations that ONNX has: each is defined in the folder of its family.
#pragma once

#include "onnx/operator.hpp"

namespace isthmus::interchange {

extern const OnnxOperator onnx_elementwise;
extern const OnnxOperator onnx_broadcast;
extern const OnnxOperator onnx_sum_to;
extern const OnnxOperator onnx_transpose;
extern const OnnxOperator onnx_matmul;
extern const OnnxOperator onnx_batched_matmul;
extern const OnnxOperator onnx_reshape;
extern const OnnxOperator onnx_region;
extern const OnnxOperator onnx_concat;
extern const OnnxOperator onnx_permute;
extern const OnnxOperator onnx_gather;
extern const OnnxOperator onnx_recurrence;
extern const OnnxOperator onnx_rows;
extern const OnnxOperator onnx_top_k;
extern const OnnxOperator onnx_sparse_scatter;
extern const OnnxOperator onnx_conv2d;
extern const OnnxOperator onnx_conv2d_transpose;
extern const OnnxOperator onnx_max_pool;
extern const OnnxOperator onnx_resample;
extern const OnnxOperator onnx_bottleneck;

}  // namespace isthmus::interchange
