#include "run/bound_program.hpp"

#include "run/arithmetic.hpp"

namespace isthmus::run {

BoundProgram::BoundProgram(const lower::Program& its_program, int most_samples, std::span<std::byte> workspace,
                           const BoundProgram* owner)
    : program(its_program),
      max_batch(most_samples),
      ports(plan::ports_of(program.plan)),
      trains(plan::trains(program.plan)),
      memory(program.plan, ports, max_batch, workspace, owner == nullptr ? nullptr : &owner->memory),
      scalars(program.plan.value_count),
      steps(program, place_values(), scalars) {
  if (owner == nullptr) return;
  weights_ = owner->weights_;
  packed_weights_ = owner->packed_weights_;
  if (weights_ != nullptr) steps.set_weights(weights_, packed_weights_->get());
  is_packed_ = true;
}

/// The address and layout of each value; values in the caller's memory have no address yet.
std::vector<lower::View> BoundProgram::place_values() {
  std::vector<lower::View> views;
  for (int v = 0; v < plan().value_count; ++v) {
    const plan::Value& value = plan().values[v];
    const plan::Layout layout = plan::layout_of(value, max_batch);
    float* const data = value.storage == plan::Storage::scalar ? &scalars.floats[static_cast<std::size_t>(v)]
                                                               : memory.address_of(v);
    views.push_back({data, layout.row_stride, layout.panel_stride, layout.row_major});
  }
  for (const plan::NamedOutput& output : ports.side_outputs) {
    const plan::Value& value = plan().values[output.value];
    side_memory.emplace_back(static_cast<std::size_t>(plan::value_rows(value, max_batch) * value.columns));
    views[static_cast<std::size_t>(output.value)].data = side_memory.back().data();
  }
  return views;
}

void BoundProgram::set_weights(const lower::WeightKernels* kernels) {
  weights_ = trains ? nullptr : kernels;
  packed_weights_ = weights_ == nullptr ? nullptr : std::make_shared<Arena>(steps.packed_bytes(*weights_));
  steps.set_weights(weights_, weights_ == nullptr ? nullptr : packed_weights_->get());
  if (!is_packed_) return;
  const Arithmetic ours;
  steps.pack_products();
}

void BoundProgram::pack() noexcept {
  if (is_packed_) return;
  const Arithmetic ours;
  steps.run_packing();
  steps.pack_products();
  is_packed_ = true;
}

}  // namespace isthmus::run
