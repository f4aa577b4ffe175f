#include "ops/onnx.hpp"

#include <fmt/format.h>

#include "onnx/exporter.hpp"

namespace isthmus::interchange {
namespace {

void write_broadcast(OnnxExporter& to, int i) {
  const Node& node = to.graph()[i];
  const std::string name = fmt::format("{}.shape", node.label.layer);
  Extents extents = extents_of(node.shape);
  std::string shape;
  if (node.shape.has_batch() && !to.operand(node, 0).shape.has_batch()) {
    extents.erase(extents.begin());
    shape = extents.empty()
                ? to.batch_size()
                : to.writer()
                      .add("Concat", node.label.layer, {to.batch_size(), to.writer().integers(name, extents)})
                      .with("axis", std::int64_t{0})
                      .result();
  } else {
    // An extent of one in ONNX's Expand keeps the operand's extent: the batch.
    if (node.shape.has_batch()) extents[0] = 1;
    shape = to.writer().integers(name, extents);
  }
  to.value(i).plain = to.writer().add("Expand", node.label.layer, {to.plain(node.inputs[0]), shape}).result();
}

void write_sum(OnnxExporter& to, int i) {
  const Node& node = to.graph()[i];
  const Shape &from = to.operand(node, 0).shape, &shape = node.shape;
  Extents axes;
  for (int axis = 0; axis < from.rank; ++axis) {
    const int own = axis - (from.rank - shape.rank);
    if (own < 0 || (shape.dim[own] == 1 && from.dim[axis] != 1)) axes.push_back(axis);
  }
  OnnxWriter& writer = to.writer();
  std::string result = to.plain(node.inputs[0]);
  if (!axes.empty()) {
    const std::string list = writer.integers(fmt::format("{}.axes", node.label.layer), axes);
    result = writer.add("ReduceSum", node.label.layer, {result, list}).with("keepdims", std::int64_t{1}).result();
  }
  if (from.rank != shape.rank) {
    const std::string extents = writer.integers(fmt::format("{}.shape", node.label.layer), extents_of(shape));
    result = writer.add("Reshape", node.label.layer, {result, extents}).result();
  }
  to.value(i).plain = result;
}

}  // namespace

const OnnxOperator onnx_broadcast{.has = any_node, .write = write_broadcast};
const OnnxOperator onnx_sum_to{.has = any_node, .write = write_sum};

}  // namespace isthmus::interchange
