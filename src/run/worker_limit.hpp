// The number of workers for a program's runs: one, all, or whichever of the two is measured to be faster.
#pragma once

#include <isthmus/run/executor.hpp>
#include <isthmus/run/worker_choice.hpp>

#include <array>

namespace isthmus::run {

class WorkerLimit {
 public:
  /// Decides by the amount of work for the largest batch.
  explicit WorkerLimit(const schedule::TaskGraph& graph);

  /// Removes the limit from now on: for a caller who has set a schedule for a number of workers.
  void lift() noexcept;
  /// Runs the executor's tasks with this number of workers.
  void run(Executor& executor, int samples, TaskBody body, IdleWork idle, const Threads& threads,
           Arrivals arrivals) noexcept;

 private:
  int most_;
  bool is_measured_ = false;
  /// One choice for each bit width of the number of samples, since small runs differ from large ones.
  std::array<WorkerChoice, 32> choices_;
};

}  // namespace isthmus::run
