#include <isthmus/schedule/costs.hpp>

#include "schedule/index.hpp"

#include <algorithm>

namespace isthmus::schedule {
namespace {

std::int64_t block_bytes(const plan::PlanView& plan, const Access& access) {
  const plan::Value& value = plan.values[access.value];
  if (value.storage == plan::Storage::scalar) return sizeof(double);
  const std::int64_t cells = std::max<std::int64_t>(access.row_end - access.row_begin, 0) *
                             std::max(access.panel_end - access.panel_begin, 0);
  return cells * (value.panel_sums ? 1 : plan::panel_width) * static_cast<std::int64_t>(sizeof(float));
}

}  // namespace

Costs estimate_costs(const TaskGraph& graph, double flops_per_second) {
  Costs costs;
  for (const Task& task : graph.tasks) costs.seconds.push_back(task.cost / flops_per_second);
  return costs;
}

void add_memory(Costs& costs, const plan::PlanView& plan, const TaskGraph& graph, int samples) {
  struct Touch {
    int task;
    Access access;
  };
  std::vector<std::vector<Touch>> readers(index(plan.value_count)), writers(index(plan.value_count));
  costs.bytes.assign(graph.tasks.size(), 0.0);
  costs.buffers.clear();
  for (int t = 0; t < graph.size(); ++t)
    for (const Access& access : accesses(plan, graph.tasks[index(t)], samples)) {
      costs.bytes[index(t)] += static_cast<double>(block_bytes(plan, access));
      if (plan.values[access.value].storage != plan::Storage::transient) continue;
      // A value that is written over another one uses the same bytes.
      int origin = access.value;
      while (plan.values[origin].reuses >= 0) origin = plan.values[origin].reuses;
      const bool takes = access.writes && origin == access.value;
      (takes ? writers : readers)[index(origin)].push_back({t, access});
    }
  for (int v = 0; v < plan.value_count; ++v)
    for (const Touch& w : writers[index(v)]) {
      Buffer buffer{block_bytes(plan, w.access), {w.task}};
      if (buffer.bytes == 0) continue;
      for (const Touch& r : readers[index(v)])
        if (r.task != w.task && r.task != buffer.tasks.back() && overlap(w.access, r.access))
          buffer.tasks.push_back(r.task);
      costs.buffers.push_back(std::move(buffer));
    }
}

}  // namespace isthmus::schedule
