// Tasks in the order of their urgency.
#pragma once

#include <isthmus/schedule/task_graph.hpp>

namespace isthmus::schedule {

/// Each task's upward rank: its cost plus the largest rank among its successors, the length of the longest way
/// to the end. Source: Topcuoglu, Hariri, Wu 2002, "Performance-effective and low-complexity task scheduling",
/// section 4.1 (HEFT), without communication. Throws std::invalid_argument if the graph has a cycle.
std::vector<double> upward_ranks(const TaskGraph& graph);

/// The same graph with its tasks renumbered: the most urgent first, which is also a topological order.
TaskGraph sort_by_urgency(const TaskGraph& graph);

/// Length of the longest path, in the unit of the tasks' costs.
double critical_path(const TaskGraph& graph);

}  // namespace isthmus::schedule
