// A schedule of lists that is followed without locks.
#pragma once

#include <isthmus/run/task_body.hpp>
#include <isthmus/schedule/waits.hpp>

#include <atomic>
#include <memory>
#include <vector>

namespace isthmus::run {

/// Each list has one counter that other workers read: the number of its tasks that have ended. A task that waits
/// for others compares such counters (schedule::find_waits); there are no counters of predecessors, and only these
/// counters are written by one core and read by another.
///
/// A list is run by one worker at a time, in its order; at first by the worker of its number. A worker whose list
/// is at its end, or has to wait, takes over another one that no worker holds and whose next task may start: so
/// all lists are completed when there are fewer workers than lists, or some start late. A worker holds no list
/// during idle work. There is always a list whose next task may start (schedule::validate), and the worker that
/// holds or takes the list starts it: there is no deadlock.
class TaskLists {
 public:
  /// Throws std::invalid_argument if the lists do not fit the graph.
  TaskLists(const schedule::TaskGraph& graph, const schedule::Schedule& schedule);

  int size() const { return static_cast<int>(lists_.size()); }
  /// Lists that have tasks.
  int to_finish() const { return to_finish_; }

  /// Before each run.
  void reset() noexcept;
  /// Works until no list is unfinished; decrements `unfinished` for each list that this worker completes.
  void work(int worker, TaskBody body, IdleWork idle, std::atomic<int>& unfinished) noexcept;

 private:
  struct List {
    std::vector<int> tasks;
    std::vector<schedule::Wait> waits;
    std::vector<int> first_wait;  ///< of the task at each place
  };
  /// The progress of a list, which workers share; on a cache line of its own.
  struct alignas(64) Progress {
    std::atomic<int> ended{0};
    std::atomic<bool> held{false};
  };

  bool may_go_on(int list) const noexcept;
  bool take(int list) noexcept;
  bool go_on(int list, TaskBody body) noexcept;
  int take_any(int home) noexcept;

  std::vector<List> lists_;
  std::unique_ptr<Progress[]> progress_;  ///< by list
  int to_finish_ = 0;
};

}  // namespace isthmus::run
