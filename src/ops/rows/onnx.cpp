#include "ops/onnx.hpp"

#include <isthmus/ops/row_operation.hpp>

#include "onnx/exporter.hpp"

namespace isthmus::interchange {
namespace {

void write_rows(OnnxExporter& to, int i) {
  const Node& node = to.graph()[i];
  const RowOperation& operation = *node.row_operation;
  std::vector<std::string> operands;
  for (int k = 0; k < operation.operands; ++k) operands.push_back(to.plain(node.inputs[k]));
  if (operation.onnx_axis_is_operand)
    operands.push_back(to.writer().integers(std::string(node.label.layer) + ".axis", {-1}));
  OnnxWriter::NewNode one = to.writer().add(operation.onnx, node.label.layer, operands);
  if (operation.onnx_keeps_axis) one.with("axis", std::int64_t{-1});
  else if (!operation.onnx_axis_is_operand) one.with("axes", Extents{-1}).with("keepdims", std::int64_t{1});
  to.value(i).plain = one.result();
}

/// None of ONNX's is over whole samples.
bool has_row_operator(const Node& node) {
  return node.row_operation->onnx != nullptr && !node.row_operation->whole_samples;
}

}  // namespace

const OnnxOperator onnx_rows{.has = has_row_operator, .write = write_rows};

}  // namespace isthmus::interchange
