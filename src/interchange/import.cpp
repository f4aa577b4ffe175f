#include <isthmus/error.hpp>
#include <isthmus/interchange/import.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "data/joined.hpp"
#include "foreign_selection.hpp"
#include "import_operation.hpp"
#include "matching.hpp"
#include "reparametrized.hpp"
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

/// In words, for people.
std::string done_text(const MatchedParameter& ours, const ForeignTensor& theirs) {
  std::vector<std::string> steps;
  if (!theirs.merged.empty()) steps.push_back("merged from " + theirs.merged);
  if (!ours.placement.done.empty()) steps.push_back(ours.placement.done);
  if (steps.empty()) steps.emplace_back("as it is");
  if (theirs.type != "F32") steps.push_back("from " + theirs.type);
  // The logarithm of one is half of the other's: whether the names are meant so, only their author knows.
  const auto layer_of = [](const std::string& name) { return parse_name(name).layer; };
  if (moment_of(layer_of(ours.name), "") == Moment::spread && !is_called_deviation(layer_of(ours.name), "") &&
      is_called_deviation(layer_of(theirs.name), theirs.layer))
    steps.emplace_back("taken as a variance, though called a deviation");
  return data::joined(steps, ", ", [](const std::string& step) { return step; });
}

/// Of a batch norm whose ε is another than what the program has where nothing is said: that is in no file of
/// weights.
std::optional<std::string> note_of_epsilon(GraphView graph, const MatchedParameter& ours, Layout layout) {
  if (ours.role != TensorRole::variance) return std::nullopt;
  // What is added to a variance in use.
  const auto epsilon = constant_added_to(graph, ours.node);
  const float usual = layout == Layout::torch ? 1e-5f : 1e-3f;
  if (!epsilon || *epsilon == usual) return std::nullopt;
  return fmt::format("{}: ε is {} here, and {} in {} unless said otherwise", graph[ours.node].label.layer,
                     *epsilon, usual, layout == Layout::torch ? "PyTorch" : "Keras");
}

}  // namespace

ImportedWeights import_weights(GraphView graph, ForeignWeights weights, Layout layout,
                               const ImportOptions& options) {
  ForeignSelection selection = select_tensors(weights, options);
  if (layout == Layout::torch) merge_reparametrized(weights, selection);
  ImportedWeights imported;
  for (const MatchedParameter& ours : match(graph, weights, selection, layout, options.names)) {
    const ForeignTensor& theirs = weights.tensors[static_cast<std::size_t>(ours.tensor)];
    require_finite(theirs, weights.file);
    const Placement& placement = ours.placement;
    imported.tensors.push_back({ours.name, placement.our_shape, placement.in_our_order(theirs.values)});
    imported.sources.push_back(
        {ours.name, placement.our_shape, theirs.name, theirs.shape, done_text(ours, theirs), theirs.layer});
    if (auto note = note_of_epsilon(graph, ours, layout)) imported.notes.push_back(std::move(*note));
  }
  imported.passed_over = std::move(selection.passed_over);
  return imported;
}

}  // namespace isthmus::interchange
