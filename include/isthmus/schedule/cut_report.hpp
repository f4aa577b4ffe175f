// The minimum cut of a declared model: the cut between data and output that the fewest bytes of each sample
// cross, and the nodes that every path passes.
#pragma once

#include <isthmus/graph.hpp>

#include <cstdint>
#include <vector>

namespace isthmus::schedule {

/// A model's narrowest cut. Nodes are those of the declared graph, in its order.
struct CutReport {
  std::vector<int> cut;          ///< nodes whose results cross the cut
  std::int64_t bytes = 0;        ///< of these results, per sample
  std::vector<int> dominators;   ///< nodes that every path from data to output passes, the ends included
  std::vector<int> conditions;   ///< inputs that may go around the bottleneck
  std::vector<int> bottlenecks;  ///< the declared ones
  std::int64_t bottleneck_bytes = 0;
  bool bottleneck_is_narrowest = false;  ///< they separate the two sides, and no cut is narrower
};

/// Finds the cut by maximum flow, and the dominators (dominators.hpp), from the graph's inputs of data to its one
/// output. Among cuts of equal size it prefers the bottlenecks, and fewer nodes. Throws ShapeError unless there
/// are data, a bottleneck and exactly one output, which depends on the data.
///
/// Source: Boykov and Kolmogorov 2004, "An experimental comparison of min-cut/max-flow algorithms", section 3.
CutReport report_cut(GraphView declared);

/// Bytes of a node's result, per sample.
std::int64_t bytes_per_sample(const Node& node);

}  // namespace isthmus::schedule
