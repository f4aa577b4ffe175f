// The all_reduces of a distributed program: its buckets in memory, and which task waits for which.
#pragma once

#include <isthmus/run/communicator.hpp>
#include <isthmus/run/task_body.hpp>
#include <isthmus/run/trace.hpp>
#include <isthmus/schedule/task_graph.hpp>

#include <atomic>
#include <vector>

#include "lower/steps.hpp"
#include "run/program_memory.hpp"

namespace isthmus::run {

class Reductions {
 public:
  /// `communicator`: null for one rank, whose sums are there already.
  Reductions(const plan::PlanView& plan, const ProgramMemory& memory, const schedule::TaskGraph& graph,
             Communicator* communicator);

  /// The number of buckets.
  std::size_t size() const { return messages_.size(); }
  /// The tasks that wait for an arrival: none without a communicator.
  static std::vector<int> waiting_tasks(const schedule::TaskGraph& graph, const Communicator* communicator);
  Arrivals arrivals() noexcept;

  /// Before a run: where the times go, or null.
  void trace_into(TaskTrace* trace) noexcept { trace_ = trace; }
  /// The bucket of this group is complete.
  void start(int group, const lower::Scalars& scalars) noexcept;
  /// Called when a bucket's sums have arrived: sets the scalars; arrays were summed in place.
  void finish(int group, lower::Scalars& scalars) const noexcept;

 private:
  struct Message {
    float* data = nullptr;               ///< of arrays, else null
    std::vector<int> operands, results;  ///< of scalars: values
    std::vector<double> sums;            ///< and their numbers
    int end_task = -1;
  };

  std::size_t bucket_of(int group) const noexcept {
    return static_cast<std::size_t>(bucket_of_[static_cast<std::size_t>(group)]);
  }
  int next(bool urgent) noexcept;

  Communicator* communicator_;
  std::vector<int> bucket_of_;  ///< by group, -1 for others
  std::vector<Message> messages_;
  TaskTrace* trace_ = nullptr;
  std::atomic<int> under_way_{0};
  std::atomic<std::int64_t> next_look_{0};
};

}  // namespace isthmus::run
