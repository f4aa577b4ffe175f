// Which layers of a graph follow one another, and which lie side by side.
#pragma once

#include <isthmus/graph.hpp>

#include <vector>

namespace isthmus::interchange {

/// The flow of values between layers, each of which is the nodes of its parameters. Keeps a view of the graph.
class LayerOrder {
 public:
  explicit LayerOrder(GraphView graph);

  /// Whether what one of the two layers gives goes into the other, by whatever way. Of two that lie side by side,
  /// such as a mean and a variance of the same values, no order says which one is meant.
  bool in_a_row(const std::vector<int>& a, const std::vector<int>& b) const { return feeds(a, b) || feeds(b, a); }

 private:
  bool feeds(const std::vector<int>& from, const std::vector<int>& to) const;
  std::vector<bool> reached_from(const std::vector<int>& nodes) const;

  GraphView graph_;
  std::vector<bool> is_data_;  ///< of each node: whether it depends on the samples
};

}  // namespace isthmus::interchange
