// Greedy list scheduling by simulation: workers take a task whenever they are free, with times from the costs.
#pragma once

#include <isthmus/schedule/costs.hpp>
#include <isthmus/schedule/schedule.hpp>

#include "schedule/index.hpp"

#include <functional>
#include <queue>
#include <utility>
#include <vector>

namespace isthmus::schedule {

/// `choice` decides: ready(task, worker), of the worker that has made it ready, -1 at the start; next(worker), a
/// ready task, or -1 to wait for the next task to end, which is no answer while nothing runs; finished(task).
template <class Choice>
Schedule try_greedily(const TaskGraph& graph, const Costs& costs, int workers, Choice& choice) {
  Schedule schedule{Execution::lists, {}, std::vector<std::vector<int>>(index(workers)), {}};
  std::vector<int> waiting(graph.predecessors);
  std::vector<char> busy(index(workers), char{0});
  std::priority_queue<std::pair<double, int>, std::vector<std::pair<double, int>>, std::greater<>> ends;
  for (int t = 0; t < graph.size(); ++t)
    if (waiting[index(t)] == 0) choice.ready(t, -1);
  double now = 0;
  for (;;) {
    for (int w = 0; w < workers; ++w) {
      if (busy[index(w)] != 0) continue;
      const int task = choice.next(w);
      if (task < 0) continue;
      schedule.lists[index(w)].push_back(task);
      busy[index(w)] = 1;
      ends.emplace(now + costs.seconds[index(task)], w);
    }
    if (ends.empty()) return schedule;
    // All tasks that end at the same time are finished before the next choice.
    for (now = ends.top().first; !ends.empty() && ends.top().first == now; ends.pop()) {
      const int worker = ends.top().second, task = schedule.lists[index(worker)].back();
      busy[index(worker)] = 0;
      choice.finished(task);
      for (const int s : graph.successors_of(task))
        if (--waiting[index(s)] == 0) choice.ready(s, worker);
    }
  }
}

}  // namespace isthmus::schedule
