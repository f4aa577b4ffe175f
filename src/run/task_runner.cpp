#include "run/task_runner.hpp"

#include <isthmus/run/executor.hpp>

#include <chrono>

#include "run/arithmetic.hpp"

namespace isthmus::run {

void TaskRunner::trace_into(TaskTrace* trace, Threads::Kind threads) noexcept {
  trace_ = trace;
  threads_ = threads;
  reductions_.trace_into(trace);
}

TaskBody TaskRunner::body() noexcept {
  return {[](void* self, int t) noexcept {
            auto& runner = *static_cast<TaskRunner*>(self);
            const Arithmetic ours;
            if (runner.trace_ == nullptr) runner.run(t);
            else runner.run_traced(t);
          },
          this};
}

void TaskRunner::run(int t) noexcept {
  const schedule::Task& task = graph_.tasks[static_cast<std::size_t>(t)];
  if (task.group < 0) return;
  switch (task.reduction) {
    case schedule::Reduction::start: return reductions_.start(task.group, scalars_);
    case schedule::Reduction::end: return reductions_.finish(task.group, scalars_);
    case schedule::Reduction::none: break;
  }
  steps_.run(task.group, {task.row_begin, task.row_end, task.panel_begin, task.panel_end});
}

void TaskRunner::run_traced(int t) noexcept {
  const auto now = [] {
    const auto time = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
  };
  TaskTrace::Record& record = trace_->records[static_cast<std::size_t>(t)];
  record.begin_ns = now();
  run(t);
  record.end_ns = now();
  record.worker = current_worker(threads_);
}

}  // namespace isthmus::run
