#include <isthmus/schedule/rank.hpp>
#include <isthmus/schedule/simulate.hpp>

#include "schedule/index.hpp"
#include "schedule/running.hpp"

#include <algorithm>
#include <numeric>
#include <queue>
#include <stdexcept>
#include <string>

namespace isthmus::schedule {
namespace {

/// Tasks that may start now, the most urgent first; ties by number.
struct ByUrgency {
  const std::vector<double>& priority;
  bool operator()(int a, int b) const {
    const double x = priority[index(a)], y = priority[index(b)];
    return x != y ? x < y : a > b;
  }
};

class Simulation {
 public:
  Simulation(const TaskGraph& graph, const Schedule& schedule, const Costs& costs, const Machine& machine)
      : graph_(graph),
        schedule_(schedule),
        costs_(costs),
        machine_(machine),
        running_(machine.workers, machine.bytes_per_second),
        waiting_(graph.predecessors),
        priority_(schedule.priority),
        ready_(ByUrgency{priority_}),
        at_(schedule.lists.size(), 0),
        phases_(schedule.phase) {
    if (schedule.execution == Execution::flow_graph) priority_.assign(graph.tasks.size(), 0.0);
    std::sort(phases_.begin(), phases_.end());
    result_.begin.assign(graph.tasks.size(), 0.0);
    result_.end.assign(graph.tasks.size(), 0.0);
    result_.worker.assign(graph.tasks.size(), 0);
    result_.busy.assign(index(machine.workers), 0.0);
  }

  Prediction run() {
    for (int t = 0; t < graph_.size(); ++t)
      if (waiting_[index(t)] == 0) make_ready(t);
    for (std::size_t done = 0; done < graph_.tasks.size();) {
      for (int w = 0; w < machine_.workers; ++w)
        if (!running_.is_busy(w))
          if (const int task = next(w); task >= 0) start(task, w);
      for (const int w : running_.advance()) {
        ++done;
        finish(w);
      }
      if (!phases_.empty() && done < phases_.size() && phases_[done] > phases_[open_]) {
        open_ = done;
        running_.wait(machine_.seconds_per_barrier);
      }
    }
    result_.seconds = running_.now();
    return std::move(result_);
  }

 private:
  void make_ready(int task) {
    if (schedule_.execution == Execution::lists) return;
    // The longer ago, the more urgent.
    if (schedule_.execution == Execution::flow_graph) priority_[index(task)] = -static_cast<double>(arrivals_++);
    ready_.push(task);
  }

  int next(int worker) {
    if (schedule_.execution == Execution::lists) return next_of_list(index(worker));
    if (ready_.empty()) return -1;
    const int task = ready_.top();
    ready_.pop();
    return task;
  }

  int next_of_list(std::size_t list) {
    if (list >= at_.size() || at_[list] == schedule_.lists[list].size()) return -1;
    const int task = schedule_.lists[list][at_[list]];
    if (waiting_[index(task)] > 0) return -1;
    if (!phases_.empty() && schedule_.phase[index(task)] > phases_[open_]) return -1;
    ++at_[list];
    return task;
  }

  void start(int task, int worker) {
    result_.begin[index(task)] = running_.now();
    result_.worker[index(task)] = worker;
    const double seconds = costs_.seconds[index(task)] + machine_.seconds_per_task;
    running_.start(worker, task, seconds, costs_.bytes.empty() ? 0.0 : costs_.bytes[index(task)]);
  }

  void finish(int worker) {
    const int task = running_.task_of(worker);
    result_.end[index(task)] = running_.now();
    result_.busy[index(worker)] += running_.now() - result_.begin[index(task)];
    for (const int s : graph_.successors_of(task))
      if (--waiting_[index(s)] == 0) make_ready(s);
  }

  const TaskGraph& graph_;
  const Schedule& schedule_;
  const Costs& costs_;
  const Machine& machine_;
  Running running_;
  std::vector<int> waiting_;
  std::vector<double> priority_;
  std::priority_queue<int, std::vector<int>, ByUrgency> ready_;
  std::int64_t arrivals_ = 0;
  std::vector<std::size_t> at_;
  std::vector<int> phases_;  ///< of all tasks, sorted: by the number of tasks done, the phase that is open
  std::size_t open_ = 0;
  Prediction result_;
};

void check(const TaskGraph& graph, const Costs& costs) {
  if (costs.seconds.size() != graph.tasks.size() ||
      (!costs.bytes.empty() && costs.bytes.size() != graph.tasks.size()))
    throw std::invalid_argument("costs: expected those of " + std::to_string(graph.size()) + " tasks, found " +
                                std::to_string(costs.seconds.size()) + " of time and " +
                                std::to_string(costs.bytes.size()) + " of bytes");
}

}  // namespace

Prediction simulate(const TaskGraph& graph, const Schedule& schedule, const Costs& costs, const Machine& machine) {
  validate(graph, schedule, machine.workers);
  check(graph, costs);
  return Simulation(graph, schedule, costs, machine).run();
}

double lower_bound(const TaskGraph& graph, const Costs& costs, int workers) {
  check(graph, costs);
  const double work = std::accumulate(costs.seconds.begin(), costs.seconds.end(), 0.0);
  const std::vector<double> rank = upward_ranks(graph, costs.seconds);
  const double path = rank.empty() ? 0.0 : *std::max_element(rank.begin(), rank.end());
  return std::max(work / workers, path);
}

}  // namespace isthmus::schedule
