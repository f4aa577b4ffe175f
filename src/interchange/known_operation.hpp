// What every export asks of an operation that it need not compute.
#pragma once

#include <isthmus/graph.hpp>

#include <vector>

namespace isthmus::interchange {

struct KnownOperation {
  /// Hands its operand's elements on, one behind the other as they are there.
  bool is_alias = false;
  /// Of a leaf whose values no one gives: these, row-major. Null of others.
  std::vector<float> (*values)(const Node& node) = nullptr;
};

const KnownOperation& known_operation(Op op);

}  // namespace isthmus::interchange
