// Model + role → Program, for the SIMD target that is being compiled.
#if defined(ISTHMUS_LOWER_PROGRAM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ISTHMUS_LOWER_PROGRAM_INL_H_
#undef ISTHMUS_LOWER_PROGRAM_INL_H_
#else
#define ISTHMUS_LOWER_PROGRAM_INL_H_
#endif

#include <isthmus/lower/products.hpp>
#include <isthmus/plan/stages.hpp>

#include <isthmus/lower/fused-inl.h>

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

/// The elementwise program of one group, as FusedKernel reads it.
template <class M, Role role, int g>
struct GroupSource {
  static constexpr const auto& planned = plan::planned<M, role>;
  static constexpr const plan::Group& group = planned.groups[g];
  static constexpr const plan::Instruction* instructions = planned.instructions + group.first_instruction;
  static constexpr int count = group.instructions;
  static constexpr int operand_count = group.operands;
  static constexpr const plan::Result* results = planned.results + group.first_result;
  static constexpr int result_count = group.results;
  static constexpr bool tail = group.columns % plan::panel_width != 0;
  static constexpr bool is_sum(int r) { return planned.values[results[r].value].panel_sums; }
};

template <class M, Role role, int g>
constexpr Fused fused_kernel() {
  constexpr const plan::Group& group = plan::planned<M, role>.groups[g];
  if constexpr (is_of_scalars(group) || is_reduction(group)) return nullptr;
  else return &FusedKernel<GroupSource<M, role, group.canonical>>::run;
}

template <class M, Role role, int... g>
const Fused* fused_table(std::integer_sequence<int, g...>) {
  static constexpr Fused table[] = {fused_kernel<M, role, g>()..., nullptr};
  return table;
}

template <class M, Role role>
const Kernels& kernels_for() {
  if constexpr (needs_rare_kernels(plan::planned<M, role>.view())) return kernels();
  else return matrix_kernels();
}

template <class M, Role role>
Program program_for() {
  constexpr const auto& planned = plan::planned<M, role>;
  const Program program{planned.view(),
                        fused_table<M, role>(std::make_integer_sequence<int, planned.view().group_count>()),
                        &kernels_for<M, role>()};
  if constexpr (planned.precision == Precision::fp32) return program;
  else return with_precision(program, planned.precision);
}

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
