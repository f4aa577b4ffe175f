// Runs a task graph inside the caller's tbb::task_arena. Nothing is allocated by a run, and no thread is made.
#pragma once

#include <isthmus/schedule/task_graph.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace isthmus::run {

/// A function and its argument: what a run calls for each task, and what idle workers may do meanwhile.
struct TaskBody {
  void (*call)(void* context, int task) noexcept = nullptr;
  void* context = nullptr;
};
/// Called by workers that find no task ready; returns false when there is nothing left to do.
struct IdleWork {
  bool (*call)(void* context) noexcept = nullptr;
  void* context = nullptr;
};

/// A task graph made ready to run. Tasks are numbered by urgency (schedule::sort_by_urgency), so the ready set
/// is a bitmap, and its first bit the most urgent task. A finished task counts down its successors; the most
/// urgent one that becomes ready is run at once by the same worker, the others are put into the bitmap.
class Executor {
 public:
  explicit Executor(schedule::TaskGraph graph);

  const schedule::TaskGraph& graph() const { return graph_; }

  /// Runs every task, each after its predecessors, with as many workers as the current arena has, at most
  /// `most_workers`. With one worker, the order is that of the numbers, and TBB is not called.
  void run(TaskBody body, IdleWork idle, int most_workers);

 private:
  void run_sequentially(TaskBody body);
  void work(TaskBody body, IdleWork idle) noexcept;
  int finish(int task) noexcept;
  void make_ready(int task) noexcept;
  int take_ready() noexcept;

  schedule::TaskGraph graph_;
  std::vector<int> initially_ready_;
  std::size_t words_;
  std::unique_ptr<std::atomic<int>[]> waiting_for_;
  std::unique_ptr<std::atomic<std::uint64_t>[]> ready_;
  alignas(64) std::atomic<int> unfinished_{0};
};

}  // namespace isthmus::run
