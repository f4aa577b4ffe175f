#include "ops/onnx.hpp"

#include <fmt/format.h>

#include <array>

#include "onnx/exporter.hpp"

namespace isthmus::interchange {
namespace {

/// Rows by ONNX's Gather, those of the identity by its OneHot, whose indices are whole numbers.
void write_gather(OnnxExporter& to, int i) {
  const Node& node = to.graph()[i];
  const std::string layer = node.label.layer;
  OnnxWriter& writer = to.writer();
  const std::string index = writer.add("Cast", layer, {to.plain(node.inputs[0])})
                                .with("to", std::int64_t{onnx::TensorProto::INT64})
                                .result();
  std::string rows;
  if (node.inputs[1] >= 0) {
    rows = writer.add("Gather", layer, {to.plain(node.inputs[1]), index}).with("axis", std::int64_t{0}).result();
  } else {
    constexpr std::array off_and_on{0.0f, 1.0f};
    const std::string depth = writer.integers(fmt::format("{}.depth", layer), {node.shape.columns()});
    const std::string values = writer.floats(fmt::format("{}.values", layer), {2}, off_and_on);
    rows = writer.add("OneHot", layer, {index, depth, values}).with("axis", std::int64_t{-1}).result();
  }
  // [batch, 1, columns] of one index.
  const std::string shape = writer.integers(fmt::format("{}.shape", layer), extents_of(node.shape));
  to.value(i).plain = writer.add("Reshape", layer, {rows, shape}).result();
}

}  // namespace

const OnnxOperator onnx_gather{.has = any_node, .write = write_gather};

}  // namespace isthmus::interchange
