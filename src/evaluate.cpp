#include <isthmus/evaluate.hpp>

namespace isthmus {

double evaluate(const Elementwise& function, double a, double b, double c, double value) {
  const FormulaSteps steps = function.formula();
  if (steps.count == 0) return function.row.number(a, b, c);
  double known[FormulaSteps::most] = {a, b, c, value};
  const auto operand = [&](std::int8_t step) { return step < 0 ? 0.0 : known[step]; };
  for (int i = FormulaSteps::leaves; i < steps.count; ++i) {
    const FormulaStep& step = steps[i];
    const auto number = static_cast<double>(step.value);
    known[i] = step.function == nullptr ? number
                                        : evaluate(*step.function, operand(step.inputs[0]),
                                                   operand(step.inputs[1]), operand(step.inputs[2]), number);
  }
  return known[steps.result];
}

}  // namespace isthmus
