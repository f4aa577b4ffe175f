#include "lower/scalar_call.hpp"

namespace isthmus::lower {

void run_scalar_group(const ScalarCall& call, double accumulator) {
  const plan::PlanView& plan = *call.plan;
  const plan::Group& group = *call.group;
  for (int i = 0; i < group.operands; ++i)
    call.operands[i] = call.scalars->numbers[static_cast<std::size_t>(plan.operands[group.first_operand + i])];
  run_scalars(plan.instructions + group.first_instruction, group.instructions, accumulator, call.operands,
              call.instructions);
  for (int i = 0; i < group.results; ++i) {
    const plan::Result& result = plan.results[group.first_result + i];
    call.scalars->set(result.value, call.instructions[result.instruction]);
  }
}

}  // namespace isthmus::lower
