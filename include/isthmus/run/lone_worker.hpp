// One thread that runs a task graph some of whose tasks wait for something from outside.
#pragma once

#include <isthmus/run/task_body.hpp>
#include <isthmus/schedule/task_graph.hpp>

#include <cstdint>
#include <vector>

namespace isthmus::run {

/// Always the ready task of the lowest number; between two tasks a look at what has arrived. It does idle work,
/// and then waits, only when nothing else is left to do. Without a call of TBB; a run allocates nothing.
class LoneWorker {
 public:
  /// `outside`: the tasks that wait for an arrival.
  LoneWorker(const schedule::TaskGraph& graph, const std::vector<int>& outside);

  /// `body` and `arrivals` speak of task `task_at[t]` where the graph has t, `place_of` is the reverse.
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
