// A schedule says which worker runs each task of a graph, and in which order. A policy makes it, the executor
// follows it, and the simulation predicts its time.
#pragma once

#include <isthmus/schedule/task_graph.hpp>

#include <cstdint>
#include <vector>

namespace isthmus::schedule {

enum class Execution : std::uint8_t {
  dynamic,     ///< a free worker takes the ready task of the highest priority
  lists,       ///< each worker has an ordered list, fixed beforehand
  flow_graph,  ///< oneTBB's own scheduler, in its own order
};

struct Schedule {
  Execution execution = Execution::dynamic;
  /// For dynamic ones, by task: higher is more urgent.
  std::vector<double> priority;
  /// For lists, by worker: its tasks in their order. A task waits for its predecessors, wherever they
  /// are.
  std::vector<std::vector<int>> lists;
  /// For lists, by task: no task starts before all tasks of lower phases have ended. Empty: no barriers.
  std::vector<int> phase;
};

/// Throws std::invalid_argument, saying what was expected and what was found, unless `workers` can run all of
/// the graph: every task in the lists once, in an order that agrees with the edges and the phases, so that
/// nobody waits for ever; a priority for every task, none of them NaN.
void validate(const TaskGraph& graph, const Schedule& schedule, int workers);

/// The order in which a single worker runs a schedule. Lists: each list's own order, edges and phases kept; the
/// first list goes on as long as it can, then the next one; tasks that can never start are left out. Otherwise,
/// always the most urgent task that is ready, of equal ones the one with the lowest number.
std::vector<int> sequential_order(const TaskGraph& graph, const Schedule& schedule);

}  // namespace isthmus::schedule
