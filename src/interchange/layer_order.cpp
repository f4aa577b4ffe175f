#include "layer_order.hpp"

#include <algorithm>
#include <cstddef>

#include "import_operation.hpp"

namespace isthmus::interchange {
namespace {

bool at(const std::vector<bool>& flags, int node) { return node >= 0 && flags[static_cast<std::size_t>(node)]; }

}  // namespace

LayerOrder::LayerOrder(GraphView graph) : graph_(graph), is_data_(static_cast<std::size_t>(graph.size), false) {
  for (int i = 0; i < graph.size; ++i) {
    const Node& node = graph[i];
    is_data_[static_cast<std::size_t>(i)] =
        import_operation(node.op).gives_data || std::any_of(std::begin(node.inputs), std::end(node.inputs),
                                                            [&](int input) { return at(is_data_, input); });
  }
}

/// Whether the first use of `to` is on values that depend on `from`: later uses are those of tied layers.
bool LayerOrder::feeds(const std::vector<int>& from, const std::vector<int>& to) const {
  const std::vector<bool> of_from = reached_from(from), of_to = reached_from(to);
  for (int i = 0; i < graph_.size; ++i) {
    if (!at(is_data_, i)) continue;
    bool takes_to = false, takes_from = false;
    for (const int input : graph_[i].inputs) {
      takes_to = takes_to || (at(of_to, input) && !at(is_data_, input));
      takes_from = takes_from || (at(of_from, input) && at(is_data_, input));
    }
    if (takes_to) return takes_from;
  }
  return false;
}

std::vector<bool> LayerOrder::reached_from(const std::vector<int>& nodes) const {
  std::vector<bool> reached(static_cast<std::size_t>(graph_.size), false);
  for (const int node : nodes) reached[static_cast<std::size_t>(node)] = true;
  for (int i = 0; i < graph_.size; ++i)
    for (const int input : graph_[i].inputs)
      if (at(reached, input)) reached[static_cast<std::size_t>(i)] = true;
  return reached;
}

}  // namespace isthmus::interchange
