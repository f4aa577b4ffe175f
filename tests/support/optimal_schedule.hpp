// The shortest schedule there is, by trying all: for graphs of some ten tasks.
#pragma once

#include <isthmus/schedule/rank.hpp>

#include <algorithm>
#include <limits>
#include <vector>

namespace isthmus::testing {

/// Branch and bound over the orders in which tasks may start. Some best schedule starts its tasks in one of these
/// orders, each on the worker that is free first: to wait for another worker gains nothing, since workers are
/// equal.
class OptimalSchedule {
 public:
  OptimalSchedule(const schedule::TaskGraph& graph, const std::vector<double>& seconds, int workers)
      : graph_(graph),
        seconds_(seconds),
        rank_(schedule::upward_ranks(graph, seconds)),
        waiting_(graph.predecessors),
        ready_at_(seconds.size(), 0.0) {
    std::vector<double> free(static_cast<std::size_t>(workers), 0.0);
    double left = 0;
    for (const double s : seconds) left += s;
    search(free, 0, 0, left, 0);
  }

  double seconds() const { return best_; }

 private:
  void search(const std::vector<double>& free, int started, double latest, double left, double last_begin) {
    if (started == graph_.size()) {
      best_ = std::min(best_, latest);
      return;
    }
    double area = left;
    for (const double f : free) area += f;
    if (area / static_cast<double>(free.size()) >= best_) return;
    for (int t = 0; t < graph_.size(); ++t) {
      const auto at = static_cast<std::size_t>(t);
      if (waiting_[at] != 0) continue;
      std::vector<double> after(free);
      double& worker = *std::min_element(after.begin(), after.end());
      const double begin = std::max(worker, ready_at_[at]);
      // In the order of their starts; and what still follows must fit.
      if (begin < last_begin || begin + rank_[at] >= best_) continue;
      worker = begin + seconds_[at];
      const std::vector<double> ready_before(ready_at_);
      waiting_[at] = -1;
      for (const int s : graph_.successors_of(t)) {
        --waiting_[static_cast<std::size_t>(s)];
        double& ready = ready_at_[static_cast<std::size_t>(s)];
        ready = std::max(ready, begin + seconds_[at]);
      }
      search(after, started + 1, std::max(latest, begin + seconds_[at]), left - seconds_[at], begin);
      for (const int s : graph_.successors_of(t)) ++waiting_[static_cast<std::size_t>(s)];
      waiting_[at] = 0;
      ready_at_ = ready_before;
    }
  }

  const schedule::TaskGraph& graph_;
  const std::vector<double>& seconds_;
  std::vector<double> rank_;
  std::vector<int> waiting_;
  std::vector<double> ready_at_;
  double best_ = std::numeric_limits<double>::infinity();
};

}  // namespace isthmus::testing
