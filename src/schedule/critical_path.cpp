#include <isthmus/schedule/policy.hpp>
#include <isthmus/schedule/rank.hpp>

#include "schedule/index.hpp"

#include <algorithm>
#include <limits>

namespace isthmus::schedule::policy {
namespace {

/// A worker's idle intervals in order of time, the last one without an end.
class Timeline {
 public:
  struct Slot {
    double begin = 0;  ///< of the task in it
    double idle = 0;   ///< before the task
    std::size_t gap = 0;
  };

  /// The first gap that takes `seconds` from `ready` on.
  Slot find(double ready, double seconds) const {
    // Gaps that end before the task is ready are of no use.
    auto gap = std::partition_point(gaps_.begin(), gaps_.end(), [&](const Gap& g) { return g.end < ready; });
    for (;; ++gap) {
      const double begin = std::max(gap->begin, ready);
      if (begin + seconds <= gap->end)
        return {begin, begin - gap->begin, static_cast<std::size_t>(gap - gaps_.begin())};
    }
  }

  void take(const Slot& slot, double seconds) {
    Gap& gap = gaps_[slot.gap];
    const Gap before{gap.begin, slot.begin};
    gap.begin = slot.begin + seconds;
    if (before.begin < before.end) gaps_.insert(gaps_.begin() + static_cast<std::ptrdiff_t>(slot.gap), before);
  }

 private:
  struct Gap {
    double begin = 0, end = std::numeric_limits<double>::infinity();
  };
  std::vector<Gap> gaps_{Gap{}};
};

}  // namespace

Schedule critical_path(const TaskGraph& graph, const Costs& costs, int workers) {
  const std::vector<int> order = order_of_urgency(graph, costs.seconds);
  std::vector<Timeline> timelines(index(workers));
  std::vector<double> ready(graph.tasks.size(), 0.0), begin(graph.tasks.size(), 0.0);
  Schedule schedule{Execution::lists, {}, std::vector<std::vector<int>>(index(workers)), {}};
  for (const int t : order) {
    const double seconds = costs.seconds[index(t)];
    // Workers are equal, so the earliest end is the earliest start; ties go to the one with the shortest idle time
    // before.
    std::size_t best = 0;
    Timeline::Slot slot = timelines[0].find(ready[index(t)], seconds);
    for (std::size_t w = 1; w < timelines.size(); ++w) {
      const Timeline::Slot other = timelines[w].find(ready[index(t)], seconds);
      if (other.begin > slot.begin || (other.begin == slot.begin && other.idle >= slot.idle)) continue;
      best = w;
      slot = other;
    }
    timelines[best].take(slot, seconds);
    begin[index(t)] = slot.begin;
    for (const int s : graph.successors_of(t)) ready[index(s)] = std::max(ready[index(s)], slot.begin + seconds);
    schedule.lists[best].push_back(t);
  }
  // A stable sort: a task of no cost starts at the same time as its successor, and must stay before it.
  for (std::vector<int>& list : schedule.lists)
    std::stable_sort(list.begin(), list.end(), [&](int a, int b) { return begin[index(a)] < begin[index(b)]; });
  return schedule;
}

}  // namespace isthmus::schedule::policy
