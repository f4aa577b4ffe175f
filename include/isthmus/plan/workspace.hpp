// Plan → bytes of memory that a program runs in, when the caller owns it: a constant.
#pragma once

#include <isthmus/plan/inputs.hpp>
#include <isthmus/plan/stages.hpp>

namespace isthmus::plan {

/// Bytes of the copies of the caller's samples. A sample of several rows, such as an image, is read where it lies
/// only if the samples are one behind the other: strided ones are gathered first. A sample of one row has a stride
/// anyway.
constexpr std::int64_t staging_bytes(const PlanView& plan, int value, int max_batch) {
  if (value < 0 || plan.values[value].rows == 1) return 0;
  return in_cache_lines(value_rows(plan.values[value], max_batch) * plan.values[value].columns * 4);
}

/// The arena, a panel behind it that kernels may read, the copies of strided images, and room to align all this.
/// `arena_bytes` is what plan_memory says, which is not asked twice.
constexpr std::int64_t workspace_bytes(const PlanView& plan, int max_batch, std::int64_t arena_bytes) {
  std::int64_t staging = 0;
  for (int v = 0; v < plan.value_count; ++v)
    if (is_external_input(plan, v) || is_external_output(plan, v)) staging += staging_bytes(plan, v, max_batch);
  return arena_bytes + panel_width * 4 + staging + cache_line;
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
