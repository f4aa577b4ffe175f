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
  Tensor value;    ///< the parameter of an elementwise operation that has one

  constexpr Tensor operand(int k) const { return k == 0 ? a : k == 1 ? b : c; }
};

namespace detail {

/// Room for the leaves of a formula, and what follows from them.
struct FormulaBuilder {
  Builder b;
  Tensor leaf[FormulaSteps::leaves];

  constexpr FormulaBuilder() {
    b.in_formula();
    b.graph().nodes.reserve(FormulaSteps::most);
    for (Tensor& one : leaf) one = b.input("", {});
  }

  constexpr FormulaSteps steps_to(Tensor result) const {
    FormulaSteps steps;
    steps.result = result.id;
    steps.count = b.size();
    if (steps.count > FormulaSteps::most)
      throw std::length_error("formula: expected at most 28 operations and numbers");
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
};

}  // namespace detail

constexpr FormulaSteps trace(Formula formula) {
  if (formula == nullptr) return FormulaSteps();
  detail::FormulaBuilder f;
  return f.steps_to(formula({f.leaf[0], f.leaf[1], f.leaf[2], f.leaf[3]}));
}

constexpr FormulaSteps trace(GradientRule rule, int operand) {
  if (rule == nullptr) return FormulaSteps();
  detail::FormulaBuilder f;
  return f.steps_to(rule({f.leaf[4], f.leaf[0], f.leaf[1], f.leaf[2], f.leaf[5], f.leaf[3]}, operand));
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
  if (function.gradient[operand].count > 0 || function.steps.count == 0) return true;
  return Dependence(function.steps, operand).at[function.steps.result];
}

}  // namespace isthmus
