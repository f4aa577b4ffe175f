#include "data_check.hpp"

#include <isthmus/evaluate.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace isthmus::tool {
namespace {

/// The node that a reshaped one has its elements from.
int source_of(const GraphView& graph, int node) {
  while (graph[node].op == Op::reshape) node = graph[node].inputs[0];
  return node;
}

bool is_data(const GraphView& graph, int node) { return graph[source_of(graph, node)].op == Op::input; }

bool has_softplus(const GraphView& graph, int of) {
  return std::any_of(graph.begin(), graph.end(), [&](const Node& node) {
    return node.function == &ops::softplus && source_of(graph, node.inputs[0]) == of;
  });
}

std::string text_of(const Interval& interval) {
  const bool open = interval.most == std::numeric_limits<float>::infinity();
  return fmt::format("[{:g}, {}", interval.least, open ? std::string("∞)") : fmt::format("{:g}]", interval.most));
}

}  // namespace

Interval output_range(const GraphView& model) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  int count = 0;
  const int output = find_only(model, Op::output, count);
  if (output < 0) return {};
  const Node& last = model[source_of(model, model[output].inputs[0])];
  if (last.op != Op::elementwise) return {};
  const ElementwiseRow& row = last.function->row;
  if (row.operands != 1 || row.increasing == Increasing::no) return {row.least, row.most};
  if (row.increasing == Increasing::unless_value_is_negative && last.value < 0) return {};
  const auto end = [&](float x) {
    const auto value = static_cast<double>(last.value);
    return static_cast<float>(evaluate(*last.function, static_cast<double>(x), 0, 0, value));
  };
  return {end(-infinity), end(infinity)};
}

bool takes_fractions(const GraphView& loss) {
  return std::any_of(loss.begin(), loss.end(), [&](const Node& node) {
    if (node.function != &ops::multiply) return false;
    for (const int side : {0, 1}) {
      const int other = source_of(loss, node.inputs[1 - side]);
      if (is_data(loss, node.inputs[side]) && (loss[other].function == &ops::log || has_softplus(loss, other)))
        return true;
    }
    return false;
  });
}

std::vector<std::string> layers_of_batch_statistics(const GraphView& declared) {
  std::vector<std::string> layers;
  for (const Node& node : declared) {
    if (node.op != Op::sum_to || node.shape.has_batch()) continue;
    const Shape& from = declared[node.inputs[0]].shape;
    if (!from.has_batch() || from.elements_per_sample() != node.shape.elements_per_sample()) continue;
    const std::string layer = node.label.layer;
    if (std::find(layers.begin(), layers.end(), layer) == layers.end()) layers.push_back(layer);
  }
  return layers;
}

std::vector<std::string> range_warnings(const GraphView& model, const GraphView& loss, const Interval& data,
                                        std::string_view source) {
  constexpr Interval fractions{0, 1};
  const std::string found = fmt::format("found {:g} to {:g}", data.least, data.most);
  if (takes_fractions(loss) && !fractions.contains(data))
    return {
        fmt::format("{}: expected values in [0, 1], which the model's cross-entropy takes for probabilities, {}: "
                    "its loss means nothing there",
                    source, found)};
  if (const Interval range = output_range(model); !range.contains(data))
    return {fmt::format("{}: expected values in {}, which is all that the model's last layer can give, {}", source,
                        text_of(range), found)};
  return {};
}

std::vector<std::string> batch_warnings(const GraphView& declared, std::size_t batch, std::size_t samples) {
  const std::size_t full = std::min(batch, samples);
  if (full == 0 || (full != 1 && samples % full != 1)) return {};
  std::vector<std::string> warnings;
  for (const std::string& layer : layers_of_batch_statistics(declared))
    warnings.push_back(
        fmt::format("{}: normalises by the batch, and {} has one sample, of which that leaves nothing: "
                    "choose another --batch",
                    layer, full == 1 ? "every one" : "the last one of each epoch"));
  return warnings;
}

}  // namespace isthmus::tool
