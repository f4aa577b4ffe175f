// The contribution of an upstream gradient to each operand: by the operation's own rule, or, for a formula without
// one, by reverse differentiation of its steps. Rules are written in the graph's own operations, so a gradient can
// be differentiated again.
//
// Source: Griewank and Walther, "Evaluating Derivatives" (2nd edition), section 3.2, reverse mode.
#pragma once

#include <isthmus/builder.hpp>

#include <stdexcept>

namespace isthmus::differentiate {

/// True if a change of this operand can change the result smoothly. Elsewhere the derivative is zero almost
/// everywhere, and no contribution is written.
constexpr bool has_gradient(const Node& node, int operand) {
  if (is_elementwise(node)) return is_smooth_in(*node.function, operand);
  if (node.row_operation != nullptr) return !node.row_operation->flat[operand];
  return !is_leaf(node.op) && !ops::rule_of(node.op).flat[operand];
}

/// A formula or a gradient written out: the tensors of its steps. `value` is the parameter, which becomes a node
/// where it is first read.
struct WrittenSteps {
  FormulaSteps steps;
  Tensor at[FormulaSteps::most] = {};

  constexpr WrittenSteps(const FormulaSteps& s, const Derivative& d, float value)
      : steps(s), at{d.a, d.b, d.c, {}, d.y, d.g} {
    Builder& b = *d.g.builder;
    for (int i = FormulaSteps::leaves; i < steps.count; ++i) {
      const FormulaStep& step = steps[i];
      for (const int k : step.inputs)
        if (step.function != nullptr && k == 3 && at[3].builder == nullptr) at[3] = b.constant(value);
      at[i] = step.function == nullptr
                  ? b.constant(step.value)
                  : b.apply(*step.function, {operand(step, 0), operand(step, 1), operand(step, 2)}, step.value);
    }
  }
  constexpr Tensor operand(const FormulaStep& step, int k) const {
    return step.inputs[k] < 0 ? Tensor{} : at[step.inputs[k]];
  }
  constexpr Tensor result() const { return at[steps.result]; }
};

constexpr Tensor elementwise_contribution(const Elementwise& function, const Derivative& d, float value,
                                          int operand);

/// The contribution of a result to the gradient of one operand of a formula that has no rule: its steps are
/// written out and differentiated in reverse.
constexpr Tensor contribution_by_steps(const Elementwise& function, const Derivative& d, float value,
                                       int operand) {
  const FormulaSteps steps = function.formula();
  const WrittenSteps written(steps, d, value);
  const Dependence<is_smooth_in> depends(steps, operand);
  Tensor gradient[FormulaSteps::most] = {};
  gradient[steps.result] = d.g;
  for (int i = steps.count - 1; i >= FormulaSteps::leaves; --i) {
    const FormulaStep& step = steps[i];
    if (gradient[i].builder == nullptr || step.function == nullptr) continue;
    for (int k = 0; k < step.function->row.operands; ++k) {
      const int to = step.inputs[k];
      if (!depends.at[to] || !is_smooth_in(*step.function, k)) continue;
      const Derivative inner{written.at[i],
                             written.operand(step, 0),
                             written.operand(step, 1),
                             written.operand(step, 2),
                             gradient[i],
                             {}};
      const Tensor part = elementwise_contribution(*step.function, inner, step.value, k);
      gradient[to] = gradient[to].builder == nullptr ? part : gradient[to] + part;
    }
  }
  return gradient[operand];
}

/// The contribution of an elementwise operation's result to the gradient of one operand, in which it is smooth.
constexpr Tensor elementwise_contribution(const Elementwise& function, const Derivative& d, float value,
                                          int operand) {
  const FormulaSteps rule = function.gradient(operand);
  return rule.count > 0 ? WrittenSteps(rule, d, value).result()
                        : contribution_by_steps(function, d, value, operand);
}

/// The contribution of `g` = dL/d(node `id`) to dL/d(operand), before it is summed back to the operand's shape.
constexpr Tensor contribution(Builder& b, int id, int operand, Tensor g) {
  const Node node = b[id];
  const auto in = [&](int k) { return node.inputs[k] < 0 ? Tensor{} : b.tensor(node.inputs[k]); };
  const Derivative d{b.tensor(id), in(0), in(1), in(2), g, {}};
  if (is_elementwise(node)) return elementwise_contribution(*node.function, d, node.value, operand);
  const ops::OperationRule& rule = ops::rule_of(node.op);
  // No other operation is differentiated; one whose rule was forgotten does not compile.
  if (rule.gradient == nullptr) throw std::logic_error("expected an operation with a gradient rule");
  return rule.gradient(d, operand);
}

}  // namespace isthmus::differentiate
