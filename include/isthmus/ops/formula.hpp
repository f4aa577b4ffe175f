// Formulas of elementwise operations: traced once, when a row is made; written out as nodes where they are
// differentiated.
#pragma once

#include <isthmus/tensor.hpp>

#include <stdexcept>

namespace isthmus {

/// What a formula is a function of. Those that the operation does not have are there as well, and not to be read.
struct Operands {
  Tensor a, b, c;
  Tensor value;  ///< the parameter
};

/// What a gradient rule is a function of.
struct Derivative {
  Tensor y;        ///< the result
  Tensor a, b, c;  ///< the operands
  Tensor g;        ///< the result's gradient
  float value;     ///< the parameter

  constexpr Tensor operand(int k) const { return k == 0 ? a : k == 1 ? b : c; }
};

constexpr FormulaSteps trace(Formula formula) {
  FormulaSteps steps;
  if (formula == nullptr) return steps;
  Builder b;
  Tensor leaf[FormulaSteps::leaves];
  for (Tensor& one : leaf) one = b.input("", {});
  steps.result = formula({leaf[0], leaf[1], leaf[2], leaf[3]}).id;
  steps.count = b.size();
  if (steps.count > FormulaSteps::most) throw std::length_error("formula: expected at most 28 operations and numbers");
  for (int i = FormulaSteps::leaves; i < steps.count; ++i) {
    const Node& node = b[i];
    if (node.op != Op::elementwise && node.op != Op::constant)
      throw std::invalid_argument("formula: expected elementwise operations and numbers alone");
    FormulaSteps::Step& step = steps.at[i];
    step.function = node.function;
    step.value = node.value;
    for (int k = 0; k < 3; ++k) step.inputs[k] = static_cast<std::int8_t>(node.inputs[k]);
  }
  return steps;
}

constexpr bool is_smooth_in(const Elementwise& function, int operand);

/// Which steps of a formula change smoothly with one operand.
struct Dependence {
  bool at[FormulaSteps::most] = {};

  constexpr Dependence(const FormulaSteps& steps, int operand) {
    at[operand] = true;
    for (int i = FormulaSteps::leaves; i < steps.count; ++i) {
      const FormulaSteps::Step& step = steps.at[i];
      for (int k = 0; step.function != nullptr && k < 3; ++k)
        if (step.inputs[k] >= 0 && at[step.inputs[k]] && is_smooth_in(*step.function, k)) at[i] = true;
    }
  }
};

/// Whether a change of this operand can change the result smoothly. Elsewhere the derivative is zero almost
/// everywhere.
constexpr bool is_smooth_in(const Elementwise& function, int operand) {
  if (function.row.flat[operand]) return false;
  if (function.row.gradient != nullptr || function.steps.count == 0) return true;
  return Dependence(function.steps, operand).at[function.steps.result];
}

}  // namespace isthmus
