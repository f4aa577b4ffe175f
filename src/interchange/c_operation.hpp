// The interface of every operation for the export as C.
#pragma once

#include "c_loops.hpp"

namespace isthmus::interchange {

struct COperation {
  /// Whether the export supports this node: it does in the forms of declared models, not in those of plans and
  /// gradients.
  bool (*has)(const Node& node);
  /// Writes the loops that compute a node. Blocks that it leaves open are closed afterwards.
  void (*write)(const CLoops& loops);
};

/// Null: C has no such operation.
const COperation* c_operation(Op op);

}  // namespace isthmus::interchange
