#include "run/rounded_weights.hpp"

#include <isthmus/plan/memory.hpp>

namespace isthmus::run {
namespace {

using plan::Anchor;
using plan::Group;
using plan::PlanView;
using plan::Value;

/// A product with weights that no run changes.
bool has_fixed_weights(const PlanView& plan, const Group& group) {
  if (group.anchor != Anchor::matmul || group.transpose_a || group.prepares) return false;
  const Value& b = plan.values[group.b];
  if (b.has_batch || b.rows == 1) return false;
  if (b.storage == plan::Storage::parameter) return true;
  for (int g = 0; g < plan.group_count; ++g) {
    const Group& maker = plan.groups[g];
    for (int i = 0; i < maker.results; ++i)
      if (plan.results[maker.first_result + i].value == group.b) return maker.prepares;
  }
  return false;
}

}  // namespace

RoundedWeights::RoundedWeights(const PlanView& plan, const lower::WeightKernels* kernels) : kernels_(kernels) {
  if (kernels == nullptr) return;
  offset_.assign(static_cast<std::size_t>(plan.group_count), -1);
  std::int64_t bytes = 0;
  for (int g = 0; g < plan.group_count; ++g) {
    if (!has_fixed_weights(plan, plan.groups[g])) continue;
    offset_[static_cast<std::size_t>(g)] = bytes;
    const Value& b = plan.values[plan.groups[g].b];
    bytes += (kernels->bytes(b.rows, b.columns) + plan::cache_line - 1) / plan::cache_line * plan::cache_line;
  }
  memory_ = Arena(bytes + plan::panel_width * 4);  // A kernel's last vector may be read as a whole.
}

}  // namespace isthmus::run
