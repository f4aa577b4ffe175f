// Looks a layer of a declared model up by its name, in the compiler: a misspelt name does not compile.
#pragma once

#include <isthmus/declare/model.hpp>

namespace isthmus {

namespace declare {

template <class M, Text name>
inline constexpr Diagnostic lookup_diagnostic = [] {
  Diagnostic diagnostic = M::model.diagnostic;
  const GraphView graph = M::model.graph;
  int count = 0;
  const int input = first_port(graph, PortKind::data);
  const int code = find_only(graph, Op::bottleneck, count);
  if (Scope::find_result(graph, name.text) < 0)
    diagnostic.record(Mistake::unknown_name, name.text, input < 0 ? Shape{} : graph[input].shape,
                      code < 0 ? Shape{} : graph[code].shape);
  return diagnostic;
}();

}  // namespace declare

/// Values per sample of the layer called `name`: `static_assert(width_of<Model, "enc1">() == 128)`.
/// For a name that no layer has, the first error names it, beside the shapes of the model's input and code.
template <class M, Text name>
constexpr int width_of() {
  static_assert(require_none<declare::lookup_diagnostic<M, name>>());
  const GraphView graph = M::model.graph;
  const int found = Scope::find_result(graph, name.text);
  return found < 0 ? 0 : static_cast<int>(graph[found].shape.elements_per_sample());
}

}  // namespace isthmus
