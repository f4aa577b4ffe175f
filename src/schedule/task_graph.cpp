#include <isthmus/schedule/task_graph.hpp>

#include <algorithm>
#include <utility>

#include "schedule/footprint.hpp"

namespace isthmus::schedule {
namespace {

using plan::Code;
using plan::Group;
using plan::PlanView;
using plan::Value;

/// The time to send one byte, in operations: tasks that a message depends on are urgent, the more so the longer it
/// is.
constexpr double byte_flops = 50;

/// The access pattern of an operand: the code of the instruction that loads it.
Code load_code(const PlanView& plan, const Group& group, int operand) {
  for (int i = 0; i < group.instructions; ++i) {
    const plan::Instruction& step = plan.instructions[group.first_instruction + i];
    const bool loads = step.code >= Code::load && step.code <= Code::load_scalar;
    if (loads && step.a == operand) return step.code;
  }
  return Code::load_scalar;
}

/// The tasks of an all_reduce touch all of its operands and results. Its bytes are waited for between the two.
void add_reduction(const PlanView& plan, int g, TaskGraph& graph) {
  const Group& group = plan.groups[g];
  double bytes = 0;
  for (int o = 0; o < group.operands; ++o)
    bytes += static_cast<double>(plan::value_bytes(plan.values[plan.operands[group.first_operand + o]], 1));
  const int panels = plan::panels_of(group.columns);
  graph.tasks.push_back({g, 0, group.rows, 0, panels, 0, Reduction::start});
  graph.tasks.push_back({g, 0, group.rows, 0, panels, bytes * byte_flops, Reduction::end});
}

void add_tiles(const PlanView& plan, int g, int max_batch, TaskGraph& graph) {
  const Group& group = plan.groups[g];
  if (is_reduction(group)) return add_reduction(plan, g, graph);
  const int rows = group.rows * (group.has_batch ? max_batch : 1);
  const int panels = plan::panels_of(group.columns);
  const Cut cut = cut_group(plan, group, max_batch);
  const double per_cell = plan::group_flops(plan, group, max_batch) / (static_cast<double>(rows) * panels);
  for (int r = 0; r < rows; r += cut.rows)
    for (int p = 0; p < panels; p += cut.panels) {
      Task task{g, r, std::min(r + cut.rows, rows), p, std::min(p + cut.panels, panels), 0, Reduction::none};
      task.cost = per_cell * (task.row_end - task.row_begin) * (task.panel_end - task.panel_begin);
      graph.tasks.push_back(task);
    }
}

}  // namespace

bool overlap(const Access& x, const Access& y) {
  return x.row_begin < y.row_end && y.row_begin < x.row_end && x.panel_begin < y.panel_end &&
         y.panel_begin < x.panel_end;
}

std::vector<Access> accesses(const PlanView& plan, const Task& task, int samples) {
  std::vector<Access> list;
  if (task.group < 0) return list;
  const Group& group = plan.groups[task.group];
  const TileReads reads{plan, group, task, samples, list};
  if (task.reduction == Reduction::start) {
    for (int o = 0; o < group.operands; ++o) list.push_back(reads.whole(plan.operands[group.first_operand + o]));
    return list;
  }
  if (task.reduction == Reduction::end) {
    for (int r = 0; r < group.results; ++r) {
      list.push_back(reads.whole(plan.results[group.first_result + r].value));
      list.back().writes = true;
    }
    return list;
  }
  footprint_of(group.anchor).reads(reads);
  const Access tile{-1, false, task.row_begin, task.row_end, task.panel_begin, task.panel_end};
  for (int o = 0; o < group.operands; ++o) {
    Access access = tile;
    access.value = plan.operands[group.first_operand + o];
    const Code code = load_code(plan, group, o);
    const Value& value = plan.values[access.value];
    // A single element is a column of one row.
    if (value.rows == 1 && !value.has_batch) access.row_begin = 0, access.row_end = 1;
    if (code == Code::load_column) access.panel_begin = 0, access.panel_end = 1;
    if (code == Code::load_scalar) access = reads.whole(access.value);
    list.push_back(access);
  }
  for (int r = 0; r < group.results; ++r) {
    Access access = tile;
    access.value = plan.results[group.first_result + r].value;
    access.writes = true;
    list.push_back(access);
  }
  return list;
}

Cut cut_group(const PlanView& plan, const Group& group, int max_batch) {
  const int rows = group.rows * (group.has_batch ? max_batch : 1);
  return footprint_of(group.anchor)
      .cut({plan, group, rows, plan::panels_of(group.columns), plan::group_flops(plan, group, max_batch)});
}

void link(TaskGraph& graph, std::vector<std::pair<int, int>> edges) {
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  const auto count = graph.tasks.size();
  graph.first_successor.assign(count + 1, 0);
  graph.predecessors.assign(count, 0);
  graph.successors.clear();
  for (const auto& [before, after] : edges) {
    ++graph.first_successor[static_cast<std::size_t>(before) + 1];
    ++graph.predecessors[static_cast<std::size_t>(after)];
    graph.successors.push_back(after);
  }
  for (std::size_t i = 0; i < count; ++i) graph.first_successor[i + 1] += graph.first_successor[i];
}

TaskGraph renumber(const TaskGraph& graph, std::span<const int> order) {
  std::vector<int> place(order.size(), 0);
  TaskGraph sorted;
  for (const int t : order) {
    place[static_cast<std::size_t>(t)] = sorted.size();
    sorted.tasks.push_back(graph.tasks[static_cast<std::size_t>(t)]);
  }
  std::vector<std::pair<int, int>> edges;
  for (int t = 0; t < graph.size(); ++t)
    for (const int s : graph.successors_of(t))
      edges.emplace_back(place[static_cast<std::size_t>(t)], place[static_cast<std::size_t>(s)]);
  link(sorted, std::move(edges));
  return sorted;
}

TaskGraph make_task_graph(const PlanView& plan, const plan::MemoryPlan& memory, int max_batch) {
  TaskGraph graph;
  std::vector<int> first_task;
  for (int g = 0; g < plan.group_count; ++g) {
    first_task.push_back(graph.size());
    if (!plan.groups[g].packs) add_tiles(plan, g, max_batch, graph);
  }
  first_task.push_back(graph.size());
  struct Touch {
    int task;
    Access access;
  };
  std::vector<std::vector<Touch>> readers(static_cast<std::size_t>(plan.value_count));
  std::vector<std::vector<Touch>> writers(static_cast<std::size_t>(plan.value_count));
  for (int t = 0; t < graph.size(); ++t)
    for (const Access& access : accesses(plan, graph.tasks[static_cast<std::size_t>(t)], max_batch))
      (access.writes ? writers : readers)[static_cast<std::size_t>(access.value)].push_back({t, access});
  std::vector<std::pair<int, int>> edges;
  for (int t = 1; t < graph.size(); ++t)
    if (graph.tasks[static_cast<std::size_t>(t)].reduction == Reduction::end) edges.emplace_back(t - 1, t);
  for (int v = 0; v < plan.value_count; ++v) {
    if (plan.values[v].storage == plan::Storage::packed) continue;
    // A value that exists before the run is read first and overwritten after.
    const bool exists = plan.values[v].producer < 0;
    for (const Touch& w : writers[static_cast<std::size_t>(v)])
      for (const Touch& r : readers[static_cast<std::size_t>(v)]) {
        if (w.task == r.task || !overlap(w.access, r.access)) continue;
        edges.push_back(exists ? std::pair{r.task, w.task} : std::pair{w.task, r.task});
      }
  }
  // Bytes that two values share: one join for each group that has to wait.
  for (int after = 0; after < plan.group_count; ++after) {
    int join = -1;
    for (const plan::Edge& edge : memory.edges) {
      if (edge.after != after) continue;
      if (join < 0) {
        join = graph.size();
        graph.tasks.push_back(Task{});
        for (int t = first_task[static_cast<std::size_t>(after)];
             t < first_task[static_cast<std::size_t>(after) + 1]; ++t)
          edges.emplace_back(join, t);
      }
      for (int t = first_task[static_cast<std::size_t>(edge.before)];
           t < first_task[static_cast<std::size_t>(edge.before) + 1]; ++t)
        edges.emplace_back(t, join);
    }
  }
  link(graph, std::move(edges));
  return graph;
}

}  // namespace isthmus::schedule
