#include <isthmus/schedule/policy.hpp>

#include "schedule/greedy.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace isthmus::schedule::policy {
namespace {

/// The run of operations that each task belongs to; joins, which cost nothing, come before all others.
std::vector<int> find_runs(const TaskGraph& graph, const Costs& costs, double cache_bytes) {
  // The bytes that a slice, the tasks of the same rows, reads and writes in each operation.
  std::map<int, std::map<int, double>> moved;
  for (int t = 0; t < graph.size(); ++t) {
    const Task& task = graph.tasks[index(t)];
    if (task.group >= 0) moved[task.group][task.row_begin] += costs.bytes.empty() ? 0.0 : costs.bytes[index(t)];
  }
  std::map<int, int> run_of;
  double sum = 0;
  int run = 0;
  for (const auto& [group, slices] : moved) {
    double most = 0;
    for (const auto& [row, bytes] : slices) most = std::max(most, bytes);
    if (sum > 0 && sum + most > cache_bytes) {
      sum = 0;
      ++run;
    }
    sum += most;
    run_of[group] = run;
  }
  std::vector<int> runs;
  for (const Task& task : graph.tasks) runs.push_back(task.group < 0 ? -1 : run_of[task.group]);
  return runs;
}

class DeepestFirst {
 public:
  DeepestFirst(std::vector<int> runs, int workers) : runs_(std::move(runs)), own_(index(workers)) {}

  void ready(int task, int worker) {
    if (worker < 0) common_.emplace(runs_[index(task)], task);
    else own_[index(worker)].emplace(runs_[index(task)], -++arrivals_, task);
  }
  void finished(int) {}

  int next(int worker) {
    std::set<Entry>& own = own_[index(worker)];
    // A new slice of an earlier run goes before what is deeper.
    if (!own.empty() && (common_.empty() || std::get<0>(*own.begin()) <= common_.begin()->first))
      return take(own, own.begin());
    if (!common_.empty()) {
      const int task = common_.begin()->second;
      common_.erase(common_.begin());
      return task;
    }
    const auto most = std::max_element(own_.begin(), own_.end(),
                                       [](const auto& a, const auto& b) { return a.size() < b.size(); });
    return most->empty() ? -1 : take(*most, std::prev(most->end()));
  }

 private:
  using Entry = std::tuple<int, std::int64_t, int>;  ///< run, the later it was ready the lower, task

  static int take(std::set<Entry>& from, std::set<Entry>::iterator entry) {
    const int task = std::get<2>(*entry);
    from.erase(entry);
    return task;
  }

  std::vector<int> runs_;
  std::vector<std::set<Entry>> own_;
  std::set<std::pair<int, int>> common_;  ///< ready from the start: run and task
  std::int64_t arrivals_ = 0;
};

}  // namespace

Schedule DepthFirst::operator()(const TaskGraph& graph, const Costs& costs, int workers) const {
  DeepestFirst choice(find_runs(graph, costs, cache_bytes), workers);
  return try_greedily(graph, costs, workers, choice);
}

}  // namespace isthmus::schedule::policy
