// Plan → bytes of memory that a program runs in, when the caller owns it: a constant.
#pragma once

#include <isthmus/plan/stages.hpp>

namespace isthmus::plan {

/// Bytes of the copies of the caller's samples. A sample of several rows, such as an image, is read where it lies
/// only if the samples are one behind the other: strided ones are gathered first. A sample of one row has a stride
/// anyway.
constexpr std::int64_t staging_bytes(const PlanView& plan, int value, int max_batch) {
  if (value < 0 || plan.values[value].rows == 1) return 0;
  return in_cache_lines(value_rows(plan.values[value], max_batch) * plan.values[value].columns * 4);
}

/// The caller's memory that a program reads or writes: its one input, or its output; -1 if there is none.
constexpr int external_value(const PlanView& plan, Storage storage) {
  for (int v = 0; v < plan.value_count; ++v) {
    const Node& node = plan.graph[plan.values[v].node];
    if (plan.values[v].storage != storage || node.op == Op::side_output) continue;
    if (storage == Storage::external_output && node.shape.rank == 0) continue;
    return v;
  }
  return -1;
}

/// The arena, a panel behind it that kernels may read, the copies of strided images, and room to align all this.
/// `arena_bytes` is what plan_memory says, which is not asked twice.
constexpr std::int64_t workspace_bytes(const PlanView& plan, int max_batch, std::int64_t arena_bytes) {
  return arena_bytes + panel_width * 4 +
         staging_bytes(plan, external_value(plan, Storage::external_input), max_batch) +
         staging_bytes(plan, external_value(plan, Storage::external_output), max_batch) + cache_line;
}
constexpr std::int64_t workspace_bytes(const PlanView& plan, int max_batch) {
  return workspace_bytes(plan, max_batch, planned_bytes(plan, max_batch));
}

}  // namespace isthmus::plan

namespace isthmus {

/// The size of the memory that a caller who owns a program's memory has to give; Trainer, Encoder and so on add up
/// theirs.
template <class M, Role role, int max_batch>
inline constexpr std::int64_t workspace_bytes =
    plan::workspace_bytes(plan::planned<M, role>.view(), max_batch, arena_bytes<M, role, max_batch>);

}  // namespace isthmus
