// Plan → tasks: each group is cut into tiles, and two tiles are ordered if one needs what the other writes.
//
// The cut depends on shapes alone, never on the number of threads.
#pragma once

#include <isthmus/plan/cost.hpp>
#include <isthmus/plan/memory.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace isthmus::schedule {

/// The part of an all_reduce that a task does. The sum comes from outside: the end may start when it has arrived.
enum class Reduction : std::uint8_t { none, start, end };

/// A block of a group's rows and panels. A join (group -1) computes nothing: it stands between two groups of
/// tasks that must not overlap.
struct Task {
  int group = -1;
  int row_begin = 0, row_end = 0;
  int panel_begin = 0, panel_end = 0;
  double cost = 0;  ///< floating-point operations, as an estimate of the time
  Reduction reduction = Reduction::none;
};

/// Tasks and their order. Successors of task t: successors[first_successor[t] … first_successor[t + 1]).
struct TaskGraph {
  std::vector<Task> tasks;
  std::vector<int> first_successor;
  std::vector<int> successors;
  std::vector<int> predecessors;  ///< how many

  int size() const { return static_cast<int>(tasks.size()); }
  std::span<const int> successors_of(int task) const {
    const auto t = static_cast<std::size_t>(task);
    return {successors.data() + first_successor[t], successors.data() + first_successor[t + 1]};
  }
};

/// A block of a value that a task reads or writes: rows (of panels, or of panel sums) and panels.
struct Access {
  int value = -1;
  bool writes = false;
  std::int64_t row_begin = 0, row_end = 0;
  int panel_begin = 0, panel_end = 0;
};

/// Whether two blocks of one value have something in common.
bool overlap(const Access& x, const Access& y);

/// The blocks that a task reads or writes, in a run of `samples`.
std::vector<Access> accesses(const plan::PlanView& plan, const Task& task, int samples);

/// Rows and panels of a group's tiles.
struct Cut {
  int rows = 1;
  int panels = 1;
};
Cut cut_group(const plan::PlanView& plan, const plan::Group& group, int max_batch);

/// Cuts every group and orders the tiles: by what they read and write, and by the plan's memory edges.
TaskGraph make_task_graph(const plan::PlanView& plan, const plan::MemoryPlan& memory, int max_batch);

/// Builds the successor lists from pairs (before, after); pairs may repeat.
void link(TaskGraph& graph, std::vector<std::pair<int, int>> edges);

/// A copy of the graph with other numbers: task order[i] becomes task i. `order` names every task once.
TaskGraph renumber(const TaskGraph& graph, std::span<const int> order);

}  // namespace isthmus::schedule
