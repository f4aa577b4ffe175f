// The interface for every export of operations that need no computation.
#pragma once

#include <isthmus/graph.hpp>

#include <vector>

namespace isthmus::interchange {

struct KnownOperation {
  /// Hands its operand's elements on, one behind the other as they are there.
  bool is_alias = false;
  /// The values, row-major, of a leaf that defines them itself. Null for others.
  std::vector<float> (*values)(const Node& node) = nullptr;
};

const KnownOperation& known_operation(Op op);

}  // namespace isthmus::interchange
