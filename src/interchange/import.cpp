#include <isthmus/error.hpp>
#include <isthmus/interchange/import.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "matching.hpp"
#include "safetensors_header.hpp"

namespace isthmus::interchange {
namespace {

void require_finite(const ForeignTensor& tensor, const std::string& file) {
  const auto bad =
      std::find_if(tensor.values.begin(), tensor.values.end(), [](float x) { return !std::isfinite(x); });
  if (bad == tensor.values.end()) return;
  throw NumberError(fmt::format("{}: {}, position {}: expected a finite number, found {}", file,
                                tensor_place(tensor.name), bad - tensor.values.begin(), *bad));
}

}  // namespace

ImportedWeights import_weights(GraphView graph, const ForeignWeights& weights, Layout layout,
                               std::span<const NamePair> names) {
  Matched matched = match(graph, weights, layout, names);
  ImportedWeights imported;
  for (const MatchedParameter& ours : matched.parameters) {
    const ForeignTensor& theirs = weights.tensors[static_cast<std::size_t>(ours.tensor)];
    require_finite(theirs, weights.file);
    const Placement& placement = ours.placement;
    std::string done = placement.done;
    if (theirs.type != "F32") done += fmt::format(", from {}", theirs.type);
    imported.tensors.push_back({ours.name, placement.our_shape, placement.in_our_order(theirs.values)});
    imported.sources.push_back({ours.name, placement.our_shape, theirs.name, theirs.shape, std::move(done)});
  }
  imported.passed_over = std::move(matched.passed_over);
  return imported;
}

}  // namespace isthmus::interchange
