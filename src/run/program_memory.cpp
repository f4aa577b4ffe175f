#include "run/program_memory.hpp"

#include <isthmus/plan/workspace.hpp>

#include "run/formatted.hpp"
#include "run/machine_memory.hpp"

namespace isthmus::run {

ProgramMemory::ProgramMemory(const plan::PlanView& plan, const plan::Ports& ports, int max_batch,
                             std::span<std::byte> workspace, const ProgramMemory* owner)
    : plan_(plan::plan_memory(plan, max_batch)) {
  const std::int64_t elsewhere = owner == nullptr ? 0 : plan_.kept_bytes;
  const std::int64_t bytes =
      plan::workspace_bytes(plan, max_batch, plan_.arena_bytes) - plan::cache_line - elsewhere;
  if (workspace.data() == nullptr)
    require_memory(bytes, formatted("an arena for batches of %d samples", max_batch));
  own_ = std::make_shared<Arena>(workspace.data() == nullptr ? Arena(bytes) : Arena(workspace, bytes));
  kept_ = owner == nullptr ? own_ : owner->kept_;
  passing_ = own_->get() + (plan_.kept_bytes - elsewhere) / 4;
  // Kernels may read a panel beyond the arena's end.
  float* stage = passing_ + (plan_.arena_bytes - plan_.kept_bytes) / 4 + plan::panel_width;
  for (const plan::InputPort& port : ports.inputs) {
    staged_inputs_.push_back(stage);
    stage += plan::staging_bytes(plan, port.value, max_batch) / 4;
  }
  staged_output_ = stage;
}

float* ProgramMemory::address_of(int value) const noexcept {
  const std::int64_t offset = plan_.offset[static_cast<std::size_t>(value)];
  if (offset < 0) return nullptr;
  return offset < plan_.kept_bytes ? kept() + offset / 4 : passing_ + (offset - plan_.kept_bytes) / 4;
}

}  // namespace isthmus::run
