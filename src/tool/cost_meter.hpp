// Measures the costs of tasks on this machine.
#pragma once

#include "subject.hpp"

#include <isthmus/schedule/costs.hpp>
#include <isthmus/schedule/simulate.hpp>

#include <map>
#include <tuple>
#include <vector>

namespace isthmus::tool {

/// Tasks of one kind do the same work: the same group, and a tile of the same extents.
struct TaskKind {
  int group = 0, rows = 0, panels = 0;
  auto operator<=>(const TaskKind&) const = default;
};
TaskKind kind_of(const schedule::Task& task);

/// Times of tasks by their kind, from steps on one thread.
class CostMeter {
 public:
  /// Takes one step of `subject` and notes how long each task took.
  void add_step(Subject& subject);
  bool empty() const { return times_.empty(); }

  /// The median of each kind, in seconds.
  std::map<TaskKind, double> kinds() const;

 private:
  std::map<TaskKind, std::vector<double>> times_;
  run::TaskTrace trace_;
};

/// Costs of all tasks of a session, with what they move and the buffers that they take. A kind that is missing
/// costs what its operations suggest.
schedule::Costs costs_of(const run::Session& session, const std::map<TaskKind, double>& kinds);

/// The executor's overhead on this machine with this number of workers, measured by runs of empty tasks in the
/// current tbb::task_arena. The bandwidth is unlimited.
schedule::Machine measure_machine(int workers);

/// Bytes per second that the workers of the current arena copy together, counted once read and once written.
double measure_bandwidth(int workers);

}  // namespace isthmus::tool
