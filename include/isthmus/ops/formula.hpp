// Formulas of elementwise operations: traced once, when a row is made; written out as nodes where they are
// differentiated.
#pragma once

#include <isthmus/tensor.hpp>

namespace isthmus {

/// The arguments of a formula. Operands that the operation does not have are there as well, and must not be read.
struct Operands {
  Tensor a, b, c;
  Tensor value;  ///< the parameter
};

/// The arguments of a gradient rule.
struct Derivative {
  Tensor y;        ///< the result
  Tensor a, b, c;  ///< the operands
  Tensor g;        ///< the result's gradient
  Tensor value;    ///< the parameter of an elementwise operation that has one

  constexpr Tensor operand(int k) const { return k == 0 ? a : k == 1 ? b : c; }
};

namespace detail {

/// A builder for the steps of a formula, which begins with its leaves.
struct FormulaBuilder {
  Builder b;
  Tensor leaf[FormulaSteps::leaves];

  constexpr FormulaBuilder() {
    b.in_formula();
    b.graph().nodes.reserve(FormulaSteps::most);
    for (Tensor& one : leaf) one = b.input("", {});
  }
};

}  // namespace detail

constexpr Elementwise::Elementwise(const ElementwiseRow& r) : row(r) {
  if (r.name == nullptr) mistake::an_elementwise_operation_needs_a_name();
  hash.add_text(r.name);
  int used = 0;
  const auto trace = [&](Formula meaning) {
    if (meaning == nullptr) return Part();
    detail::FormulaBuilder f;
    const Tensor result = meaning({f.leaf[0], f.leaf[1], f.leaf[2], f.leaf[3]});
    return keep(f.b, result.id, used);
  };
  formula_ = trace(r.formula);
  onnx_formula_ = trace(r.onnx_formula);
  for (int k = 0; k < r.operands; ++k) {
    if (r.gradient == nullptr || r.flat[k]) continue;
    detail::FormulaBuilder f;
    const Tensor result = r.gradient({f.leaf[4], f.leaf[0], f.leaf[1], f.leaf[2], f.leaf[5], f.leaf[3]}, k);
    gradient_[k] = keep(f.b, result.id, used);
  }
  row.formula = row.onnx_formula = nullptr;
  row.gradient = nullptr;
}

constexpr Elementwise::Part Elementwise::keep(const Builder& traced, int result, int& used) {
  if (traced.size() > FormulaSteps::most) mistake::a_formula_has_at_most_28_operations_and_numbers();
  if (used + traced.size() - FormulaSteps::leaves > most_steps)
    mistake::formulas_and_gradients_of_a_row_have_at_most_64_operations_and_numbers();
  // The leaves are the operands, the parameter, and the result and its gradient, which only gradients are given.
  const auto can_read = [&](int leaf) { return leaf < 3 ? leaf < row.operands : leaf > 3 || row.has_value; };
  if (!can_read(result)) mistake::a_formula_reads_what_its_operation_does_not_have();
  Part part;
  part.first = static_cast<std::int8_t>(used);
  part.count = static_cast<std::int8_t>(traced.size());
  part.result = static_cast<std::int8_t>(result);
  for (int i = FormulaSteps::leaves; i < traced.size(); ++i) {
    const Node& node = traced[i];
    if (node.op != Op::elementwise && node.op != Op::constant)
      mistake::a_formula_consists_of_elementwise_operations_and_numbers();
    FormulaStep& step = steps_[used++];
    step.function = node.function;
    step.value = node.value;
    for (int k = 0; k < 3; ++k) {
      if (!can_read(node.inputs[k])) mistake::a_formula_reads_what_its_operation_does_not_have();
      step.inputs[k] = static_cast<std::int8_t>(node.inputs[k]);
    }
  }
  return part;
}

/// The steps of a formula to which one operand gets, if it passes through an operation from operand k where
/// `passes(operation, k)`.
template <bool (*passes)(const Elementwise&, int)>
struct Dependence {
  bool at[FormulaSteps::most] = {};

  constexpr Dependence(const FormulaSteps& steps, int operand) {
    at[operand] = true;
    for (int i = FormulaSteps::leaves; i < steps.count; ++i) {
      const FormulaStep& step = steps[i];
      for (int k = 0; step.function != nullptr && k < 3; ++k)
        if (step.inputs[k] >= 0 && at[step.inputs[k]] && passes(*step.function, k)) at[i] = true;
    }
  }
};

/// Whether the result is made from this operand. A formula may leave one to its gradient.
constexpr bool is_read(const Elementwise& function, int operand) {
  const FormulaSteps steps = function.formula();
  return steps.count == 0 || Dependence<is_read>(steps, operand).at[steps.result];
}

/// Whether a change of this operand can change the result smoothly. Elsewhere the derivative is zero almost
/// everywhere.
constexpr bool is_smooth_in(const Elementwise& function, int operand) {
  if (function.row.flat[operand]) return false;
  const FormulaSteps steps = function.formula();
  if (function.gradient(operand).count > 0 || steps.count == 0) return true;
  return Dependence<is_smooth_in>(steps, operand).at[steps.result];
}

}  // namespace isthmus
