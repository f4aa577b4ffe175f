// The proof that a task graph has no race: any two tasks that touch the same bytes of the arena, one of them
// writing, are ordered by a path. It looks at bytes, not at values, so it sees what the memory plan has done.
#pragma once

#include <isthmus/schedule/task_graph.hpp>

#include <optional>
#include <string>

namespace isthmus::schedule {

/// Two tasks that touch the same bytes in no order.
struct Race {
  int first = -1, second = -1;
  std::int64_t byte = 0;
};

/// The first race found, if there is one. Cost: the square of the tasks in bits, and their accesses' pairs.
std::optional<Race> find_race(const plan::PlanView& plan, const plan::MemoryPlan& memory, const TaskGraph& graph,
                              int samples, int max_batch);

}  // namespace isthmus::schedule
