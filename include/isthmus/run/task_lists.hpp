// A schedule of lists, made ready to be followed without a lock.
#pragma once

#include <isthmus/run/task_body.hpp>
#include <isthmus/schedule/waits.hpp>

#include <atomic>
#include <memory>
#include <vector>

namespace isthmus::run {

/// Each list has one number that others read: how many of its tasks have ended. A task that waits for others
/// compares such numbers (schedule::find_waits); nothing is counted down, and nothing but these numbers is written
/// by one core and read by another.
///
/// A list is worked on by one worker at a time, in its order; at first by the worker of its number. A worker whose
/// list is at its end, or has to wait, takes over another one that nobody holds and whose next task may start: so
/// lists get done when fewer workers come than there are lists, or some come late. A worker holds no list while it
/// is away on idle work. Some list's next task may always start (schedule::validate), and whoever holds that list
/// starts it, or finds it: nobody waits for ever.
class TaskLists {
 public:
  /// Throws std::invalid_argument if the lists do not fit the graph.
  TaskLists(const schedule::TaskGraph& graph, const schedule::Schedule& schedule);

  int size() const { return static_cast<int>(lists_.size()); }
  /// Lists that have tasks.
  int to_finish() const { return to_finish_; }

  /// Before each run.
  void reset() noexcept;
  /// Works until no list is unfinished; takes one off `unfinished` for each list that this worker has ended.
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
