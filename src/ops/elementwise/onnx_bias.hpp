// Additions that ONNX's products and convolutions do themselves.
#pragma once

#include "onnx/exporter.hpp"

namespace isthmus::interchange {

/// If node `i` is read by nothing but an addition of as many known values as its last dimension has: that
/// addition's other operand, whose result then is that of the node; else -1.
int take_bias(OnnxExporter& to, int i);

}  // namespace isthmus::interchange
