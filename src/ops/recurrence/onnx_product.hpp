// The product that gives a recurrence its projections: ONNX's operators have it within them.
#pragma once

#include "onnx/exporter.hpp"

namespace isthmus::interchange {

/// Whether the product `i`, and the bias that is added to it, are left to the recurrence that alone reads them.
/// Nothing is to be written for them then.
bool is_left_to_recurrence(OnnxExporter& to, int i);

}  // namespace isthmus::interchange
