// The order of the layers of a graph: some follow one another, others are parallel.
#pragma once

#include <isthmus/graph.hpp>

#include <vector>

namespace isthmus::interchange {

/// The flow of values between layers, each of which is the nodes of its parameters. Keeps a view of the graph.
class LayerOrder {
 public:
  explicit LayerOrder(GraphView graph);

  /// Whether one of the two layers depends on the output of the other, directly or not. For parallel layers, such
  /// as a mean and a variance of the same values, the order does not tell them apart.
  bool in_a_row(const std::vector<int>& a, const std::vector<int>& b) const { return feeds(a, b) || feeds(b, a); }

 private:
  bool feeds(const std::vector<int>& from, const std::vector<int>& to) const;
  std::vector<bool> reached_from(const std::vector<int>& nodes) const;

  GraphView graph_;
  std::vector<bool> is_data_;  ///< of each node: whether it depends on the samples
};

}  // namespace isthmus::interchange
