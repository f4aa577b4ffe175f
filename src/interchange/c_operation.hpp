// What the export as C asks of every operation.
#pragma once

#include "c_loops.hpp"

namespace isthmus::interchange {

struct COperation {
  /// Whether C has it as a node has it: as models are written, not as plans and gradients have them.
  bool (*has)(const Node& node);
  /// Writes the loops that compute a node. What blocks it leaves open are closed behind it.
  void (*write)(const CLoops& loops);
};

/// Null: C has no such operation.
const COperation* c_operation(Op op);

}  // namespace isthmus::interchange
