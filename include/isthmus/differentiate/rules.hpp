// The gradient rules: for each operation, what an upstream gradient contributes to each operand. They are
// written in the graph's own operations, so a gradient can be differentiated again.
//
// Source: Griewank and Walther, "Evaluating Derivatives" (2nd edition), section 3.2, reverse mode.
#pragma once

#include <isthmus/builder.hpp>

#include <stdexcept>

namespace isthmus::differentiate {

/// True if a change of this operand can change the result smoothly. Elsewhere the derivative is zero almost
/// everywhere, and no contribution is written.
constexpr bool has_gradient(const Node& node, int operand) {
  switch (node.op) {
    case Op::elementwise: return is_smooth_in(*node.function, operand);
    case Op::rows: return !node.row_operation->flat[operand];
    // Where the largest value lies does not change smoothly.
    case Op::max_unpool:
    case Op::max_gather: return operand == 0;
    case Op::output:
    case Op::side_output:
    case Op::assign: return false;
    default: return !is_leaf(node.op);
  }
}

/// A formula or a gradient written out: the tensors of its steps. `value` is the parameter, which becomes a node where
/// it is first read.
struct WrittenSteps {
  const FormulaSteps& steps;
  Tensor at[FormulaSteps::most] = {};

  constexpr WrittenSteps(const FormulaSteps& s, const Derivative& d, float value)
      : steps(s), at{d.a, d.b, d.c, {}, d.y, d.g} {
    Builder& b = *d.g.builder;
    for (int i = FormulaSteps::leaves; i < steps.count; ++i) {
      const FormulaSteps::Step& step = steps.at[i];
      for (const int k : step.inputs)
        if (step.function != nullptr && k == 3 && at[3].builder == nullptr) at[3] = b.constant(value);
      at[i] = step.function == nullptr
                  ? b.constant(step.value)
                  : b.apply(*step.function, {operand(step, 0), operand(step, 1), operand(step, 2)}, step.value);
    }
  }
  constexpr Tensor operand(const FormulaSteps::Step& step, int k) const {
    return step.inputs[k] < 0 ? Tensor{} : at[step.inputs[k]];
  }
  constexpr Tensor result() const { return at[steps.result]; }
};

constexpr Tensor elementwise_contribution(const Elementwise& function, const Derivative& d, float value, int operand);

/// What a result contributes to the gradient of one operand where there is no rule: of a formula, whose steps are
/// written out and followed backwards.
constexpr Tensor contribution_by_steps(const Elementwise& function, const Derivative& d, float value, int operand) {
  const FormulaSteps& steps = function.steps;
  const WrittenSteps written(steps, d, value);
  const Dependence depends(steps, operand);
  Tensor gradient[FormulaSteps::most] = {};
  gradient[steps.result] = d.g;
  for (int i = steps.count - 1; i >= FormulaSteps::leaves; --i) {
    const FormulaSteps::Step& step = steps.at[i];
    if (gradient[i].builder == nullptr || step.function == nullptr) continue;
    for (int k = 0; k < step.function->row.operands; ++k) {
      const int to = step.inputs[k];
      if (!depends.at[to] || !is_smooth_in(*step.function, k)) continue;
      const Derivative inner{written.at[i], written.operand(step, 0), written.operand(step, 1),
                             written.operand(step, 2), gradient[i], {}};
      const Tensor part = elementwise_contribution(*step.function, inner, step.value, k);
      gradient[to] = gradient[to].builder == nullptr ? part : gradient[to] + part;
    }
  }
  return gradient[operand];
}

/// What an elementwise operation's result contributes to the gradient of one operand, in which it is smooth.
constexpr Tensor elementwise_contribution(const Elementwise& function, const Derivative& d, float value, int operand) {
  const FormulaSteps& rule = function.gradient[operand];
  return rule.count > 0 ? WrittenSteps(rule, d, value).result() : contribution_by_steps(function, d, value, operand);
}

/// The contribution of `g` = dL/d(node `id`) to dL/d(operand), before it is summed back to the operand's shape.
constexpr Tensor contribution(Builder& b, int id, int operand, Tensor g) {
  const Node node = b[id];
  const Tensor y = b.tensor(id);
  const auto in = [&](int k) { return b.tensor(node.inputs[k]); };
  const auto derivative = [&] {
    const auto operand_of = [&](int k) { return node.inputs[k] < 0 ? Tensor{} : in(k); };
    return Derivative{y, operand_of(0), operand_of(1), operand_of(2), g, {}};
  };
  switch (node.op) {
    case Op::elementwise: return elementwise_contribution(*node.function, derivative(), node.value, operand);
    case Op::rows:
      if (node.row_operation->gradient != nullptr) return node.row_operation->gradient(derivative(), operand);
      b.diagnostic().record(Mistake::operation_without_gradient, node.row_operation->name);
      return b.broadcast(b.constant(0.0f), in(operand).shape());
    case Op::broadcast: return g;  // The driver sums it back to the operand's shape.
    case Op::sum_to: return b.broadcast(g, in(0).shape());
    case Op::transpose: return transpose(g);
    case Op::reshape: return reshape(g, in(0).shape());
    // A convolution is linear in the image and in the weights, and each of the three is the derivative of the
    // other two.
    case Op::conv2d:
      return operand == 0 ? b.conv2d_transpose(g, in(1), node.window, in(0).shape())
                          : b.conv2d_weights(in(0), g, node.window);
    case Op::conv2d_transpose:
      return operand == 0 ? b.conv2d(g, in(1), node.window, in(0).shape().height(), in(0).shape().width())
                          : b.conv2d_weights(g, in(0), node.window);
    case Op::conv2d_weights:
      return operand == 0 ? b.conv2d_transpose(in(1), g, node.window, in(0).shape())
                          : b.conv2d(in(0), g, node.window, in(1).shape().height(), in(1).shape().width());
    case Op::max_pool: return b.max_unpool(g, y, in(0).shape());
    case Op::max_unpool: return b.max_gather(g, in(1));
    case Op::max_gather: return b.max_unpool(g, in(1), in(0).shape());
    case Op::resample:
      return b.resample(g, static_cast<Resampling>(node.attribute), !node.transpose_a, node.window,
                        in(0).shape());
    case Op::bottleneck: return g;
    case Op::matmul: {
      const bool ta = node.transpose_a, tb = node.transpose_b;
      // C = A B with A, B read through their flags: dA = dC Bᵀ, dB = Aᵀ dC, each transposed back if needed.
      if (operand == 0) return ta ? matmul(in(1), g, tb, true) : matmul(g, in(1), false, !tb);
      return tb ? matmul(g, in(0), true, ta) : matmul(in(0), g, !ta, false);
    }
    // Nothing else is differentiated; an operation whose rule was forgotten does not compile.
    default: throw std::logic_error("expected an operation with a gradient rule");
  }
}

}  // namespace isthmus::differentiate
