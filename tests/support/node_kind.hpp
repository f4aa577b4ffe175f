// A kind of node that a test looks for in a graph: of some operation, or of some elementwise one.
#pragma once

#include <isthmus/builder.hpp>

namespace isthmus::testing {

struct NodeKind {
  Op op;
  const Elementwise* function = nullptr;

  // NOLINTNEXTLINE: both are meant to convert.
  constexpr NodeKind(Op what) : op(what) {}
  // NOLINTNEXTLINE
  constexpr NodeKind(const Elementwise& what) : op(Op::elementwise), function(&what) {}
  constexpr bool matches(const Node& node) const { return node.op == op && node.function == function; }
};

}  // namespace isthmus::testing
