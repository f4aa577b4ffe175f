#include <isthmus/evaluate.hpp>
#include <isthmus/plan/expectations.hpp>

#include <algorithm>

namespace isthmus::plan {
namespace {

/// The node that a reshaped one has its elements from.
int source_of(GraphView graph, int node) {
  while (graph[node].op == Op::reshape) node = graph[node].inputs[0];
  return node;
}

bool is_data(GraphView graph, int node) { return is_input(graph[source_of(graph, node)]); }

bool has_softplus(GraphView graph, int of) {
  return std::any_of(graph.begin(), graph.end(), [&](const Node& node) {
    return node.function == &ops::softplus && source_of(graph, node.inputs[0]) == of;
  });
}

}  // namespace

Interval output_range(GraphView model) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const int output = find_first(model, is_output);
  if (output < 0) return {};
  const Node& last = model[source_of(model, model[output].inputs[0])];
  if (!is_elementwise(last)) return {};
  const ElementwiseRow& row = last.function->row;
  if (row.operands != 1 || row.increasing == Increasing::no) return {row.least, row.most};
  if (row.increasing == Increasing::unless_value_is_negative && last.value < 0) return {};
  const auto end = [&](float x) {
    const auto value = static_cast<double>(last.value);
    return static_cast<float>(evaluate(*last.function, static_cast<double>(x), 0, 0, value));
  };
  return {end(-infinity), end(infinity)};
}

bool takes_fractions(GraphView loss) {
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

std::vector<std::string> layers_of_batch_statistics(GraphView declared) {
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

}  // namespace isthmus::plan
