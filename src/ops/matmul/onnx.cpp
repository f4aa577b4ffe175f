#include "ops/onnx.hpp"

#include "onnx/exporter.hpp"
#include "ops/elementwise/onnx_bias.hpp"
#include "ops/recurrence/onnx_product.hpp"

namespace isthmus::interchange {
namespace {

void write_transpose(OnnxExporter& to, int i) {
  const Node& node = to.graph()[i];
  to.value(i).plain = to.writer()
                          .add("Transpose", node.label.layer, {to.plain(node.inputs[0])})
                          .with("perm", Extents{1, 0})
                          .result();
}

/// Operands of more than two dimensions are for MatMul alone, which neither transposes nor adds a bias.
void write_product_of_rows(OnnxExporter& to, int i) {
  const Node& node = to.graph()[i];
  std::string b = to.plain(node.inputs[1]);
  if (node.transpose_b)
    b = to.writer().add("Transpose", node.label.layer, {b}).with("perm", Extents{1, 0}).result();
  to.value(i).plain = to.writer().add("MatMul", node.label.layer, {to.plain(node.inputs[0]), b}).result();
}

void write_matmul(OnnxExporter& to, int i) {
  const Node& node = to.graph()[i];
  if (is_left_to_recurrence(to, i)) return;
  if (node.shape.rank > 2) return write_product_of_rows(to, i);
  const std::string a = to.plain(node.inputs[0]), b = to.plain(node.inputs[1]);
  const int bias = take_bias(to, i);
  if (bias < 0 && !node.transpose_a && !node.transpose_b) {
    to.value(i).plain = to.writer().add("MatMul", node.label.layer, {a, b}).result();
    return;
  }
  OnnxWriter::NewNode gemm = bias < 0 ? to.writer().add("Gemm", node.label.layer, {a, b})
                                      : to.writer().add("Gemm", node.label.layer, {a, b, to.plain(bias)});
  if (node.transpose_a) gemm.with("transA", std::int64_t{1});
  if (node.transpose_b) gemm.with("transB", std::int64_t{1});
  to.value(i).plain = gemm.result();
}

}  // namespace

const OnnxOperator onnx_transpose{.has = any_node, .write = write_transpose};
const OnnxOperator onnx_matmul{.has = any_node, .write = write_matmul};

}  // namespace isthmus::interchange
