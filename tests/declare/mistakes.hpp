// A model's first mistake, as a value.
#pragma once

#include <isthmus/declare.hpp>

namespace isthmus::testing {

constexpr bool is(const Diagnostic& found, Mistake mistake, const char* layer, Shape first, Shape second) {
  return found.mistake == mistake && same_text(found.layer, layer) && found.first == first &&
         found.second == second;
}
constexpr bool is(const Diagnostic& found, Mistake mistake, const char* layer) {
  return found.mistake == mistake && same_text(found.layer, layer);
}

/// Every member of every node, the unused ones included.
constexpr bool same_node(const Node& a, const Node& b) {
  for (int k = 0; k < 3; ++k)
    if (a.inputs[k] != b.inputs[k]) return false;
  return a.op == b.op && a.transpose_a == b.transpose_a && a.transpose_b == b.transpose_b &&
         a.trained == b.trained && a.pooled == b.pooled && a.fixed == b.fixed && a.reversed == b.reversed &&
         a.may_miss == b.may_miss && a.algorithm == b.algorithm && a.shape == b.shape && a.value == b.value &&
         a.attribute == b.attribute && a.window == b.window && a.offset == b.offset && a.label == b.label;
}
constexpr bool same_graph(GraphView a, GraphView b) {
  if (a.size != b.size) return false;
  for (int i = 0; i < a.size; ++i)
    if (!same_node(a[i], b[i])) return false;
  return true;
}

}  // namespace isthmus::testing
