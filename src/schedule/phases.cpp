#include <isthmus/schedule/policy.hpp>
#include <isthmus/schedule/rank.hpp>

#include "schedule/index.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace isthmus::schedule::policy {
namespace {

bool is_join(const TaskGraph& graph, int task) { return graph.tasks[index(task)].group < 0; }

/// The tasks of each phase, in topological order within it.
std::vector<std::vector<int>> by_phase(const TaskGraph& graph, const std::vector<int>& phase) {
  std::vector<std::vector<int>> tasks;
  for (const int t : topological_order(graph)) {
    tasks.resize(std::max(tasks.size(), index(phase[index(t)]) + 1));
    tasks[index(phase[index(t)])].push_back(t);
  }
  return tasks;
}

/// A join has no phase of its own: it belongs to that of the last of its predecessors, behind their tasks.
void add_joins(const TaskGraph& graph, const std::vector<int>& tasks, std::vector<int>& list) {
  std::copy_if(tasks.begin(), tasks.end(), std::back_inserter(list), [&](int t) { return is_join(graph, t); });
}

/// The phase in which a group's tasks run that are ready together: the lowest group that is ready as a whole; if
/// there is none, what is ready of the lowest one.
class Operations {
 public:
  explicit Operations(const TaskGraph& graph)
      : graph_(graph), waiting_(graph.predecessors), phase_(graph.tasks.size(), 0) {
    for (int t = 0; t < graph.size(); ++t)
      if (!is_join(graph, t)) ++left_[graph.tasks[index(t)].group];
  }

  std::vector<int> phases() {
    for (int t = 0; t < graph_.size(); ++t)
      if (graph_.predecessors[index(t)] == 0) arrive(t, 0);
    for (int now = 0; !ready_.empty(); ++now) {
      const int group = whole_.empty() ? ready_.begin()->first : *whole_.begin();
      const std::vector<int> tasks = std::move(ready_[group]);
      ready_.erase(group);
      whole_.erase(group);
      left_[group] -= static_cast<int>(tasks.size());
      for (const int t : tasks) phase_[index(t)] = now;
      for (const int t : tasks) finish(t, now);
    }
    return phase_;
  }

 private:
  void arrive(int task, int now) {
    if (is_join(graph_, task)) {
      phase_[index(task)] = now;
      return finish(task, now);
    }
    const int group = graph_.tasks[index(task)].group;
    ready_[group].push_back(task);
    if (static_cast<int>(ready_[group].size()) == left_[group]) whole_.insert(group);
  }
  void finish(int task, int now) {
    for (const int s : graph_.successors_of(task))
      if (--waiting_[index(s)] == 0) arrive(s, now);
  }

  const TaskGraph& graph_;
  std::vector<int> waiting_, phase_;
  std::map<int, int> left_;                ///< tasks of each group that have not run
  std::map<int, std::vector<int>> ready_;  ///< of each group
  std::set<int> whole_;                    ///< groups of which all that is left is ready
};

}  // namespace

Schedule by_level(const TaskGraph& graph, const Costs& costs, int workers) {
  Schedule schedule{Execution::lists, {}, std::vector<std::vector<int>>(index(workers)), {}};
  std::vector<int> level(graph.tasks.size(), 0);
  for (const int t : topological_order(graph))
    for (const int s : graph.successors_of(t))
      level[index(s)] = std::max(level[index(s)], level[index(t)] + (is_join(graph, s) ? 0 : 1));
  schedule.phase = std::move(level);
  for (std::vector<int>& tasks : by_phase(graph, schedule.phase)) {
    std::vector<int> longest_first;
    std::copy_if(tasks.begin(), tasks.end(), std::back_inserter(longest_first),
                 [&](int t) { return !is_join(graph, t); });
    std::sort(longest_first.begin(), longest_first.end(), [&](int a, int b) {
      const double x = costs.seconds[index(a)], y = costs.seconds[index(b)];
      return x != y ? x > y : a < b;
    });
    std::vector<double> load(index(workers), 0.0);
    for (const int t : longest_first) {
      const auto least = std::min_element(load.begin(), load.end());
      *least += costs.seconds[index(t)];
      schedule.lists[static_cast<std::size_t>(least - load.begin())].push_back(t);
    }
    add_joins(graph, tasks, schedule.lists[0]);
  }
  return schedule;
}

Schedule per_operation(const TaskGraph& graph, const Costs&, int workers) {
  Schedule schedule{
      Execution::lists, {}, std::vector<std::vector<int>>(index(workers)), Operations(graph).phases()};
  for (std::vector<int>& tasks : by_phase(graph, schedule.phase)) {
    std::vector<int> loop;
    std::copy_if(tasks.begin(), tasks.end(), std::back_inserter(loop), [&](int t) { return !is_join(graph, t); });
    std::sort(loop.begin(), loop.end());
    for (std::size_t w = 0; w < index(workers); ++w)
      schedule.lists[w].insert(schedule.lists[w].end(),
                               loop.begin() + static_cast<std::ptrdiff_t>(w * loop.size() / index(workers)),
                               loop.begin() + static_cast<std::ptrdiff_t>((w + 1) * loop.size() / index(workers)));
    add_joins(graph, tasks, schedule.lists[0]);
  }
  return schedule;
}

}  // namespace isthmus::schedule::policy
