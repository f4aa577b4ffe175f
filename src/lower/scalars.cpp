#include <isthmus/lower/program.hpp>

#include <cmath>

namespace isthmus::lower {
namespace {

double evaluate(Op op, double a, double b, double c, double value) {
  switch (op) {
    case Op::negate: return -a;
    case Op::exp: return std::exp(a);
    case Op::log: return std::log(a);
    case Op::sqrt: return std::sqrt(a);
    case Op::absolute: return std::abs(a);
    case Op::sign: return a > 0 ? 1.0 : a < 0 ? -1.0 : 0.0;
    case Op::sin: return std::sin(a);
    case Op::cos: return std::cos(a);
    case Op::tanh: return std::tanh(a);
    case Op::sigmoid: return 1.0 / (1.0 + std::exp(-a));
    case Op::softplus: return std::fmax(a, 0.0) + std::log1p(std::exp(-std::abs(a)));
    case Op::relu: return a < 0 ? 0.0 : a;
    case Op::leaky_relu: return a > 0 ? a : a * value;
    case Op::elu: return a > 0 ? a : value * std::expm1(a);
    case Op::swish: return a / (1.0 + std::exp(-a));
    case Op::add: return a + b;
    case Op::subtract: return a - b;
    case Op::multiply: return a * b;
    case Op::divide: return a / b;
    // As in the kernels: a NaN goes through.
    case Op::maximum: return a < b ? b : a;
    case Op::minimum: return a > b ? b : a;
    case Op::greater: return a > b ? 1.0 : 0.0;
    case Op::select: return a != 0 ? b : c;
    default: return a;
  }
}

}  // namespace

void run_scalars(const plan::Instruction* instructions, int count, double accumulator, const double* operands,
                 double* instruction_results) {
  for (int i = 0; i < count; ++i) {
    const plan::Instruction& step = instructions[i];
    double& result = instruction_results[i];
    switch (step.code) {
      case plan::Code::accumulator: result = accumulator; break;
      case plan::Code::constant: result = step.value; break;
      case plan::Code::compute:
        result = evaluate(step.op, instruction_results[step.a], step.b < 0 ? 0.0 : instruction_results[step.b],
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
