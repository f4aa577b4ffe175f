// Runs the tasks of a program: a tile of a step, or the start or end of a reduction.
#pragma once

#include <isthmus/run/host_threads.hpp>
#include <isthmus/run/task_body.hpp>
#include <isthmus/run/trace.hpp>
#include <isthmus/schedule/task_graph.hpp>

#include "lower/steps.hpp"
#include "run/reductions.hpp"

namespace isthmus::run {

class TaskRunner {
 public:
  /// All of these must outlive this.
  TaskRunner(const schedule::TaskGraph& graph, const lower::Steps& steps, lower::Scalars& scalars,
             Reductions& reductions)
      : graph_(graph), steps_(steps), scalars_(scalars), reductions_(reductions) {}
  TaskRunner(const TaskRunner&) = delete;
  TaskRunner& operator=(const TaskRunner&) = delete;

  /// Before a run: where the times go, or null, and which threads take part.
  void trace_into(TaskTrace* trace, Threads::Kind threads) noexcept;
  /// The body of a task, for any number of threads, with the library's arithmetic.
  TaskBody body() noexcept;

 private:
  void run(int t) noexcept;
  void run_traced(int t) noexcept;

  const schedule::TaskGraph& graph_;
  const lower::Steps& steps_;
  lower::Scalars& scalars_;
  Reductions& reductions_;
  TaskTrace* trace_ = nullptr;
  Threads::Kind threads_ = Threads::Kind::current;
};

}  // namespace isthmus::run
