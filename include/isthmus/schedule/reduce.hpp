// Reduction of a task graph: the same order with fewer edges, since each edge is a decrement of a counter in every
// run.
#pragma once

#include <isthmus/schedule/task_graph.hpp>

namespace isthmus::schedule {

/// Leaves out every edge that a longer path implies. What is left is unique: the transitive reduction. Exact;
/// memory: 64 bytes per task beside the edges; time: tasks × edges / 128 bit operations, and the edges' sorting.
/// Throws std::invalid_argument if the graph has a cycle. Source: Aho, Garey, Ullman 1972, "The transitive
/// reduction of a directed graph", section 2.
TaskGraph reduce_edges(const TaskGraph& graph);

/// As reduce_edges, and removes the joins whose removal adds no edges: those of one predecessor or one successor,
/// of two and two, and those at either end of the graph. The other tasks keep their order.
TaskGraph reduce(const TaskGraph& graph);

}  // namespace isthmus::schedule
