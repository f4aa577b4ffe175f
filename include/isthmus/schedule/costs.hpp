// The costs of tasks: time, traffic to memory, and the memory that their results take.
#pragma once

#include <isthmus/schedule/task_graph.hpp>

#include <cstdint>
#include <vector>

namespace isthmus::schedule {

/// Bytes that are in use from the start of the first of its tasks until the end of the last one.
struct Buffer {
  std::int64_t bytes = 0;
  std::vector<int> tasks;
};

/// Costs by task, unless said otherwise.
struct Costs {
  std::vector<double> seconds;  ///< on one worker, with no other work on the machine
  std::vector<double> bytes;    ///< read and written; empty: nothing is known of it
  std::vector<Buffer> buffers;  ///< of the whole graph; empty: nothing is known of them
};

/// The speed that is assumed before anything was measured: one core of the reference machine at its peak.
inline constexpr double default_flops_per_second = 100e9;

/// Seconds by the tasks' own estimate of their operations.
Costs estimate_costs(const TaskGraph& graph, double flops_per_second = default_flops_per_second);

/// Adds what each task moves, and a buffer for each block of a transient value that a task writes: it lives
/// until the last task that reads of it, or of what is written over it. Buffers are what the schedule would need
/// of an allocator that gave out blocks; the arena's plan gives whole values fixed places.
void add_memory(Costs& costs, const plan::PlanView& plan, const TaskGraph& graph, int samples);

}  // namespace isthmus::schedule
