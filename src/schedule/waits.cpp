#include <isthmus/schedule/waits.hpp>

#include "schedule/index.hpp"

#include <algorithm>

namespace isthmus::schedule {
namespace {

struct Place {
  int list = 0, position = 0;
};

/// Vector clocks: the place of each task, and the tasks of every list that have certainly ended when it ends.
class Clocks {
 public:
  Clocks(const TaskGraph& graph, const Schedule& schedule)
      : lists_(schedule.lists.size()), places_(graph.tasks.size()), clocks_(graph.tasks.size() * lists_, 0) {
    for (std::size_t l = 0; l < lists_; ++l)
      for (std::size_t i = 0; i < schedule.lists[l].size(); ++i)
        places_[index(schedule.lists[l][i])] = {static_cast<int>(l), static_cast<int>(i)};
  }

  Place place(int task) const { return places_[index(task)]; }
  std::span<int> of(int task) { return {clocks_.data() + index(task) * lists_, lists_}; }

 private:
  std::size_t lists_;
  std::vector<Place> places_;
  std::vector<int> clocks_;
};

std::vector<std::vector<int>> predecessors_of(const TaskGraph& graph) {
  std::vector<std::vector<int>> before(graph.tasks.size());
  for (int t = 0; t < graph.size(); ++t)
    for (const int s : graph.successors_of(t)) before[index(s)].push_back(t);
  return before;
}

/// The last task of each list in a phase lower than that of `task`: what a barrier waits for.
void add_barrier(const Schedule& schedule, int task, std::vector<int>& before) {
  const int phase = schedule.phase[index(task)];
  for (const std::vector<int>& list : schedule.lists) {
    const auto end =
        std::partition_point(list.begin(), list.end(), [&](int t) { return schedule.phase[index(t)] < phase; });
    if (end != list.begin()) before.push_back(*(end - 1));
  }
}

/// The waits that are needed: the last task to wait for in each list, unless it has certainly ended when another
/// one has.
std::vector<int> needed(Clocks& clocks, std::span<const int> known, std::vector<int> before) {
  const auto later = [&](int a, int b) {
    const Place x = clocks.place(a), y = clocks.place(b);
    return x.list != y.list ? x.list < y.list : x.position > y.position;
  };
  std::sort(before.begin(), before.end(), later);
  const auto same_list = [&](int a, int b) { return clocks.place(a).list == clocks.place(b).list; };
  before.erase(std::unique(before.begin(), before.end(), same_list), before.end());
  std::erase_if(before, [&](int t) { return known[index(clocks.place(t).list)] > clocks.place(t).position; });
  std::vector<int> last;
  for (const int t : before) {
    const Place place = clocks.place(t);
    const bool implied = std::any_of(before.begin(), before.end(), [&](int other) {
      return other != t && clocks.of(other)[index(place.list)] > place.position;
    });
    if (!implied) last.push_back(t);
  }
  return last;
}

}  // namespace

Waits find_waits(const TaskGraph& graph, const Schedule& schedule) {
  validate(graph, schedule, std::max(static_cast<int>(schedule.lists.size()), 1));
  Clocks clocks(graph, schedule);
  std::vector<std::vector<int>> before = predecessors_of(graph);
  std::vector<std::vector<Wait>> found(graph.tasks.size());
  for (const int t : sequential_order(graph, schedule)) {
    const Place place = clocks.place(t);
    const std::span<int> clock = clocks.of(t);
    if (place.position > 0) {
      const std::span<int> previous = clocks.of(schedule.lists[index(place.list)][index(place.position) - 1]);
      std::copy(previous.begin(), previous.end(), clock.begin());
    }
    if (!schedule.phase.empty()) add_barrier(schedule, t, before[index(t)]);
    for (const int b : needed(clocks, clock, std::move(before[index(t)]))) {
      found[index(t)].push_back({clocks.place(b).list, clocks.place(b).position + 1});
      const std::span<int> other = clocks.of(b);
      for (std::size_t l = 0; l < clock.size(); ++l) clock[l] = std::max(clock[l], other[l]);
    }
    clock[index(place.list)] = place.position + 1;
  }
  Waits waits;
  waits.first.push_back(0);
  for (const std::vector<Wait>& list : found) {
    waits.waits.insert(waits.waits.end(), list.begin(), list.end());
    waits.first.push_back(static_cast<int>(waits.waits.size()));
  }
  return waits;
}

}  // namespace isthmus::schedule
