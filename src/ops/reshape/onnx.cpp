#include "ops/onnx.hpp"

#include <fmt/format.h>

#include "onnx/exporter.hpp"

namespace isthmus::interchange {
namespace {

void write_reshape(OnnxExporter& to, int i) {
  const Node& node = to.graph()[i];
  const std::string shape =
      to.writer().integers(fmt::format("{}.shape", node.label.layer), extents_of(node.shape));
  to.value(i).plain = to.writer().add("Reshape", node.label.layer, {to.plain(node.inputs[0]), shape}).result();
}

}  // namespace

const OnnxOperator onnx_reshape{.has = any_node, .write = write_reshape};

}  // namespace isthmus::interchange
