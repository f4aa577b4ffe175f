#include <isthmus/schedule/schedule.hpp>

#include "schedule/index.hpp"

#include <algorithm>
#include <cmath>
#include <queue>
#include <stdexcept>
#include <string>

namespace isthmus::schedule {
namespace {

std::vector<int> merge_lists(const TaskGraph& graph, const Schedule& schedule) {
  const std::vector<int>& phase = schedule.phase;
  std::vector<int> phases(phase);
  std::sort(phases.begin(), phases.end());
  std::size_t done = 0;  // tasks; phases[done] is the lowest phase that is not over
  std::vector<int> waiting(graph.predecessors), order;
  std::vector<std::size_t> at(schedule.lists.size(), 0);
  order.reserve(graph.tasks.size());
  for (bool moves = true; moves;) {
    moves = false;
    for (std::size_t l = 0; l < schedule.lists.size(); ++l)
      for (; at[l] < schedule.lists[l].size(); ++at[l]) {
        const int t = schedule.lists[l][at[l]];
        if (waiting[index(t)] > 0 || (!phase.empty() && phase[index(t)] > phases[done])) break;
        for (const int s : graph.successors_of(t)) --waiting[index(s)];
        order.push_back(t);
        ++done;
        moves = true;
      }
  }
  return order;
}

std::vector<int> most_urgent_first(const TaskGraph& graph, const std::vector<double>& priority) {
  const auto later = [&](int a, int b) {
    const double x = priority.empty() ? 0 : priority[index(a)], y = priority.empty() ? 0 : priority[index(b)];
    return x != y ? x < y : a > b;
  };
  std::priority_queue<int, std::vector<int>, decltype(later)> ready(later);
  std::vector<int> waiting(graph.predecessors), order;
  for (int t = 0; t < graph.size(); ++t)
    if (waiting[index(t)] == 0) ready.push(t);
  while (!ready.empty()) {
    order.push_back(ready.top());
    ready.pop();
    for (const int s : graph.successors_of(order.back()))
      if (--waiting[index(s)] == 0) ready.push(s);
  }
  return order;
}

[[noreturn]] void refuse(const std::string& expected, const std::string& found) {
  throw std::invalid_argument("schedule: expected " + expected + ", found " + found);
}

std::string name_of(int task) { return "task " + std::to_string(task); }

void check_priorities(const TaskGraph& graph, const Schedule& schedule) {
  if (schedule.priority.size() != graph.tasks.size())
    refuse("a priority for each of " + std::to_string(graph.size()) + " tasks",
           std::to_string(schedule.priority.size()));
  for (int t = 0; t < graph.size(); ++t)
    if (std::isnan(schedule.priority[index(t)])) refuse("a number as the priority of " + name_of(t), "NaN");
}

void check_members(const TaskGraph& graph, const Schedule& schedule, int workers) {
  if (schedule.lists.size() > index(workers))
    refuse("lists for at most " + std::to_string(workers) + " workers", std::to_string(schedule.lists.size()));
  std::vector<int> list_of(graph.tasks.size(), -1);
  for (std::size_t l = 0; l < schedule.lists.size(); ++l)
    for (const int t : schedule.lists[l]) {
      if (t < 0 || t >= graph.size()) refuse("tasks below " + std::to_string(graph.size()), name_of(t));
      int& list = list_of[index(t)];
      if (list >= 0)
        refuse(name_of(t) + " once",
               "it in the lists of workers " + std::to_string(list) + " and " + std::to_string(l));
      list = static_cast<int>(l);
    }
  const auto missing = std::find(list_of.begin(), list_of.end(), -1);
  if (missing != list_of.end())
    refuse(name_of(static_cast<int>(missing - list_of.begin())) + " in a worker's list", "it in none");
}

void check_phases(const TaskGraph& graph, const Schedule& schedule) {
  const std::vector<int>& phase = schedule.phase;
  if (phase.empty()) return;
  if (phase.size() != graph.tasks.size())
    refuse("a phase for each of " + std::to_string(graph.size()) + " tasks, or none",
           std::to_string(phase.size()));
  for (const std::vector<int>& list : schedule.lists)
    for (std::size_t i = 1; i < list.size(); ++i)
      if (phase[index(list[i])] < phase[index(list[i - 1])])
        refuse("phases that do not fall along a list", name_of(list[i]) + " behind " + name_of(list[i - 1]));
}

/// Whether a task is the first of its list that is not done.
bool is_head(const Schedule& schedule, const std::vector<char>& done, int task) {
  for (const std::vector<int>& list : schedule.lists) {
    const auto head = std::find_if(list.begin(), list.end(), [&](int t) { return done[index(t)] == 0; });
    if (head != list.end() && *head == task) return true;
  }
  return false;
}

void check_order(const TaskGraph& graph, const Schedule& schedule) {
  const std::vector<int> order = merge_lists(graph, schedule);
  if (order.size() == graph.tasks.size()) return;
  std::vector<char> done(graph.tasks.size(), char{0});
  for (const int t : order) done[index(t)] = 1;
  // The first task that is not done of the lowest open phase has no barrier before it: it waits for an edge.
  for (int before = 0; before < graph.size(); ++before)
    for (const int t : graph.successors_of(before))
      if (done[index(before)] == 0 && done[index(t)] == 0 && is_head(schedule, done, t))
        refuse("an order that agrees with the edges",
               name_of(t) + " waiting for " + name_of(before) + " for ever");
}

}  // namespace

void validate(const TaskGraph& graph, const Schedule& schedule, int workers) {
  if (workers < 1) refuse("at least 1 worker", std::to_string(workers));
  switch (schedule.execution) {
    case Execution::flow_graph: return;
    case Execution::dynamic: return check_priorities(graph, schedule);
    case Execution::lists:
      check_members(graph, schedule, workers);
      check_phases(graph, schedule);
      check_order(graph, schedule);
  }
}

std::vector<int> sequential_order(const TaskGraph& graph, const Schedule& schedule) {
  if (schedule.execution == Execution::lists) return merge_lists(graph, schedule);
  return most_urgent_first(graph, schedule.priority);
}

}  // namespace isthmus::schedule
