// Tasks in the order of their urgency: how far each is from the end.
#pragma once

#include <isthmus/schedule/task_graph.hpp>

#include <span>

namespace isthmus::schedule {

/// Each task's upward rank: its cost plus the largest rank among its successors, the length of the longest way
/// to the end. Source: Topcuoglu, Hariri, Wu 2002, "Performance-effective and low-complexity task scheduling",
/// section 4.1 (HEFT), without communication. Throws std::invalid_argument if the graph has a cycle.
std::vector<double> upward_ranks(const TaskGraph& graph);

/// A copy of the graph with its tasks renumbered: the most urgent first, which is also a topological order.
TaskGraph sort_by_urgency(const TaskGraph& graph);

/// Length of the longest path, in the unit of the tasks' costs.
double critical_path(const TaskGraph& graph);

/// The tasks, each after its predecessors. Throws std::invalid_argument if the graph has a cycle.
std::vector<int> topological_order(const TaskGraph& graph);

/// Upward ranks by other costs than the tasks' own, such as measured seconds. A task that costs nothing adds
/// nothing here, so that ranks may be equal along an edge: the longest rank is the critical path.
std::vector<double> upward_ranks(const TaskGraph& graph, std::span<const double> costs);

/// The tasks, the highest rank first, which is a topological order; of equal ones that may both come next, the one
/// with the lower number.
std::vector<int> order_of_urgency(const TaskGraph& graph, std::span<const double> costs);

/// The tasks of a longest path, from the first to the last.
std::vector<int> longest_path(const TaskGraph& graph, std::span<const double> costs);

}  // namespace isthmus::schedule
