#include <isthmus/builder.hpp>

#include <utility>

#include "interchange/import_operation.hpp"

namespace isthmus::interchange {

std::optional<float> constant_added_to(GraphView graph, int node) {
  for (const Node& sum : graph) {
    if (sum.function != &ops::add) continue;
    for (const auto& [one, other] : {std::pair(0, 1), std::pair(1, 0)})
      if (sum.inputs[one] == node && is_constant(graph[sum.inputs[other]])) return graph[sum.inputs[other]].value;
  }
  return std::nullopt;
}

}  // namespace isthmus::interchange
