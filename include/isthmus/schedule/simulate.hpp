// The time of a schedule on a machine, predicted from its tasks' costs: a discrete-event simulation.
#pragma once

#include <isthmus/schedule/costs.hpp>
#include <isthmus/schedule/schedule.hpp>

#include <limits>
#include <vector>

namespace isthmus::schedule {

/// Equal workers that share the bandwidth of the memory.
struct Machine {
  int workers = 1;
  double seconds_per_task = 0;     ///< overhead, in addition to each task's own time
  double seconds_per_barrier = 0;  ///< from the end of a phase to the start of the next one
  double bytes_per_second = std::numeric_limits<double>::infinity();  ///< to and from memory, of all together
};

struct Prediction {
  double seconds = 0;              ///< from the start to the end of the last task
  std::vector<double> begin, end;  ///< by task
  std::vector<int> worker;         ///< by task
  std::vector<double> busy;        ///< by worker: seconds inside tasks, overhead included
};

/// Runs the schedule on a machine of that kind. Dynamic ones as the greedy executor does: whenever a worker is
/// free and a task is ready, the most urgent one starts (for oneTBB's own scheduler, which knows no urgency: the
/// one that has been ready for longest). A task that alone would take c seconds and move b bytes draws b / c bytes
/// per second. While all running tasks together would draw more than the machine gives, those that want least get
/// what they want, and the others equal shares of the rest (max-min fairness), each slowed down in proportion.
/// Caches are not modelled. Throws std::invalid_argument if the schedule does not fit the graph and the workers
/// (validate), or the costs do not fit the graph.
Prediction simulate(const TaskGraph& graph, const Schedule& schedule, const Costs& costs, const Machine& machine);

/// No schedule takes less, in seconds: the larger one of the work divided by the workers and the critical path.
/// Source: Graham 1969, "Bounds on multiprocessing timing anomalies", section 2.
double lower_bound(const TaskGraph& graph, const Costs& costs, int workers);

}  // namespace isthmus::schedule
