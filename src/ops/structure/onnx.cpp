#include "ops/onnx.hpp"

#include "onnx/exporter.hpp"

namespace isthmus::interchange {

// The identity.
const OnnxOperator onnx_bottleneck{
    .has = any_node, .write = [](OnnxExporter& to, int i) { to.value(i) = to.value(to.graph()[i].inputs[0]); }};

}  // namespace isthmus::interchange
