// A single worker for a task graph in which some tasks wait for arrivals from other processes.
#pragma once

#include <isthmus/run/task_body.hpp>
#include <isthmus/schedule/task_graph.hpp>

#include <cstdint>
#include <vector>

namespace isthmus::run {

/// Runs the ready task of the lowest number; between two tasks it polls for arrivals. It does idle work, and then
/// waits, only if no task is ready. It does not call TBB; a run allocates nothing.
class LoneWorker {
 public:
  /// `outside`: the tasks that wait for an arrival.
  LoneWorker(const schedule::TaskGraph& graph, const std::vector<int>& outside);

  /// Task t of the graph is task `task_at[t]` for `body` and `arrivals`; `place_of` is the inverse mapping.
  void run(TaskBody body, IdleWork idle, Arrivals arrivals, const std::vector<int>& task_at,
           const std::vector<int>& place_of) noexcept;

 private:
  void finish_one_before(int task) noexcept;
  int take_ready() noexcept;

  schedule::TaskGraph graph_;
  std::vector<int> waits_at_first_, waits_;
  std::vector<std::uint64_t> ready_;
};

}  // namespace isthmus::run
