#include "inference.hpp"

#include <isthmus/dump.hpp>
#include <isthmus/error.hpp>
#include <isthmus/evaluate.hpp>

#include <fmt/format.h>

#include <algorithm>

#include "walk.hpp"

namespace isthmus::interchange {
namespace {

bool has_values(const Node& node) {
  return is_input(node) || is_parameter(node) || known_operation(node.op).values != nullptr;
}

std::span<const float> weights_of(const Node& node, std::span<const NamedTensor> weights) {
  const std::string name = node_name(node);
  const auto found =
      std::find_if(weights.begin(), weights.end(), [&](const NamedTensor& tensor) { return tensor.name == name; });
  const auto size = static_cast<std::size_t>(node.shape.elements_per_sample());
  if (found != weights.end() && found->values.size() == size) return found->values;
  throw ShapeError(fmt::format("tensor '{}': expected {} values, found {}", name, size,
                               found == weights.end() ? "none" : std::to_string(found->values.size())));
}

}  // namespace

std::string described(const Node& node) {
  const std::string_view layer = node.label.layer;
  return fmt::format("{}{}{}", layer, layer.empty() ? "" : ": ", name_of(node));
}

void require_inference(GraphView graph, const std::string& format, const char* writer,
                       const std::function<bool(const Node&)>& has_operation) {
  int inputs = 0, outputs = 0;
  for (const Node& node : graph) {
    inputs += is_input(node);
    outputs += is_output(node);
    if (!has_values(node) && !is_alias(node) && !has_operation(node))
      throw Error(fmt::format("{}: {} has no such operation: expected {}", described(node), format,
                              node.row_operation != nullptr ? writer : "a model in use"));
    for (int k = 0; k < 3 && node.inputs[k] >= 0; ++k)
      if (graph[node.inputs[k]].shape.has_batch() && !node.shape.has_batch())
        throw Error(fmt::format("{}: mixes the samples of a batch: {} keeps them apart", described(node), format));
  }
  if (inputs < 1 || outputs != 1)
    throw Error(fmt::format("{}: expected a graph of one output and at least one input, found {} and {}", format,
                            outputs, inputs));
}

KnownValues::KnownValues(GraphView graph, std::span<const NamedTensor> weights)
    : values_(static_cast<std::size_t>(graph.size)) {
  for (int i = 0; i < graph.size; ++i)
    values_[static_cast<std::size_t>(i)] =
        is_parameter(graph[i]) ? weights_of(graph[i], weights) : computed(graph, i);
}

std::span<const float> KnownValues::keep(std::vector<float> values) {
  kept_.push_back(std::move(values));
  return kept_.back();
}

std::span<const float> KnownValues::computed(GraphView graph, int i) {
  const Node& node = graph[i];
  if (const auto values = known_operation(node.op).values) return keep(values(node));
  if (is_alias(node)) return (*this)[node.inputs[0]];
  if (!is_elementwise(node)) return {};
  std::vector<Shape> shapes;
  for (int k = 0; k < 3 && node.inputs[k] >= 0; ++k) {
    if ((*this)[node.inputs[k]].empty()) return {};
    shapes.push_back(graph[node.inputs[k]].shape);
  }
  const Walk way = walk(node.shape, shapes);
  std::vector<float> values(static_cast<std::size_t>(node.shape.elements_per_sample()));
  for (std::size_t e = 0; e < values.size(); ++e) {
    double x[3] = {};
    for (std::size_t k = 0; k < shapes.size(); ++k)
      x[k] = static_cast<double>((*this)[node.inputs[k]][way.place(k, e)]);
    values[e] = static_cast<float>(evaluate(*node.function, x[0], x[1], x[2], static_cast<double>(node.value)));
  }
  return keep(std::move(values));
}

}  // namespace isthmus::interchange
