#include <isthmus/evaluate.hpp>
#include <isthmus/lower/program.hpp>

namespace isthmus::lower {

void run_scalars(const plan::Instruction* instructions, int count, double accumulator, const double* operands,
                 double* instruction_results) {
  for (int i = 0; i < count; ++i) {
    const plan::Instruction& step = instructions[i];
    double& result = instruction_results[i];
    switch (step.code) {
      case plan::Code::accumulator: result = accumulator; break;
      case plan::Code::constant: result = step.value; break;
      case plan::Code::compute:
        result =
            evaluate(*step.function, instruction_results[step.a], step.b < 0 ? 0.0 : instruction_results[step.b],
                     step.c < 0 ? 0.0 : instruction_results[step.c], step.value);
        break;
      default: result = operands[step.a]; break;
    }
  }
}

double total_sum(const View& sums, int rows, int panels) {
  // Four chains, r mod 4, joined in a fixed order.
  double sum[4] = {};
  for (int p = 0; p < panels; ++p) {
    const float* const from = sums.data + p * sums.panel_stride;
    for (int r = 0; r < rows; ++r) sum[r % 4] += static_cast<double>(from[r * sums.row_stride]);
  }
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

}  // namespace isthmus::lower
