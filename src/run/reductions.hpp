// The all_reduces of a distributed program: its buckets in memory, and which task waits for which.
#pragma once

#include <isthmus/plan/memory.hpp>
#include <isthmus/run/communicator.hpp>
#include <isthmus/run/task_body.hpp>
#include <isthmus/run/trace.hpp>
#include <isthmus/schedule/task_graph.hpp>

#include <atomic>
#include <vector>

namespace isthmus::run {

class Reductions {
 public:
  /// `communicator`: null for one rank, whose sums are there already.
  Reductions(const plan::PlanView& plan, const plan::MemoryPlan& memory, const schedule::TaskGraph& graph,
             float* arena, Communicator* communicator);

  /// How many buckets there are.
  std::size_t size() const { return messages_.size(); }
  /// The tasks that wait for an arrival: none without a communicator.
  static std::vector<int> waiting_tasks(const schedule::TaskGraph& graph, const Communicator* communicator);
  Arrivals arrivals() noexcept;

  /// Before a run: where the times go, or null.
  void trace_into(TaskTrace* trace) noexcept { trace_ = trace; }
  /// The bucket of this group is complete. `scalars` are by value.
  void start(int group, const std::vector<double>& scalars) noexcept;
  /// Its sums: of scalars, for the results of the group in their order; arrays are where they were.
  const double* sums(int group) const noexcept { return message_of(group).scalars.data(); }

 private:
  struct Message {
    std::vector<int> operands;    ///< values
    float* data = nullptr;        ///< of arrays
    std::vector<double> scalars;  ///< else these
    int end_task = -1;
  };

  const Message& message_of(int group) const noexcept {
    return messages_[static_cast<std::size_t>(bucket_of_[static_cast<std::size_t>(group)])];
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
