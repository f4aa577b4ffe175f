// How many workers a program's runs take: one, all, or what turns out to be faster.
#pragma once

#include <isthmus/run/executor.hpp>
#include <isthmus/run/worker_choice.hpp>

#include <array>

namespace isthmus::run {

class WorkerLimit {
 public:
  /// By the work that there is for the largest batch.
  explicit WorkerLimit(const schedule::TaskGraph& graph);

  /// From now on; for whoever has decided how many workers his schedule pays for.
  void lift() noexcept;
  /// Runs the executor's tasks with so many.
  void run(Executor& executor, int samples, TaskBody body, IdleWork idle, const Threads& threads,
           Arrivals arrivals) noexcept;

 private:
  int most_;
  bool is_measured_ = false;
  /// By the binary digits of the number of samples: small runs are other runs.
  std::array<WorkerChoice, 32> choices_;
};

}  // namespace isthmus::run
