// The waits between the workers of a schedule of lists, without redundant ones.
#pragma once

#include <isthmus/schedule/schedule.hpp>

#include <span>
#include <vector>

namespace isthmus::schedule {

/// A wait until `tasks` tasks of a list have ended.
struct Wait {
  int list = 0;
  int tasks = 0;

  bool operator==(const Wait&) const = default;
};

/// Waits of task t: waits[first[t] … first[t + 1]).
struct Waits {
  std::vector<int> first;
  std::vector<Wait> waits;

  std::span<const Wait> of(int task) const {
    const auto t = static_cast<std::size_t>(task);
    return {waits.data() + first[t], waits.data() + first[t + 1]};
  }
};

/// Each list runs in order, so one number per list, how far it has come, says all of its tasks that have ended. An
/// edge within a list needs no waiting; of edges from the same list the last one is enough; and what follows from
/// an earlier wait, of this list or of those that it has waited for, is left out. Barriers between phases are
/// waits for every other list. Throws std::invalid_argument if the lists do not fit the graph (validate).
///
/// Source: Park, Smelyanskiy, Sundaram, Dubey 2014, "Sparsifying synchronization for high-performance
/// shared-memory sparse triangular solver" (point-to-point waits, transitively reduced).
Waits find_waits(const TaskGraph& graph, const Schedule& schedule);

}  // namespace isthmus::schedule
