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
constexpr bool has_gradient(Op op, int operand) {
  switch (op) {
    case Op::sign:
    case Op::greater: return false;
    case Op::select: return operand > 0;
    // Where the largest value lies does not change smoothly.
    case Op::max_unpool:
    case Op::max_gather: return operand == 0;
    case Op::output:
    case Op::side_output:
    case Op::assign: return false;
    default: return !is_leaf(op);
  }
}

/// The contribution of `g` = dL/d(node `id`) to dL/d(operand), before it is summed back to the operand's shape.
constexpr Tensor contribution(Builder& b, int id, int operand, Tensor g) {
  const Node node = b[id];
  const Tensor y = b.tensor(id);
  const auto in = [&](int k) { return b.tensor(node.inputs[k]); };
  switch (node.op) {
    case Op::negate: return -g;
    case Op::exp: return g * y;
    case Op::log: return g / in(0);
    case Op::sqrt: return g * 0.5f / y;
    case Op::absolute: return g * sign(in(0));
    case Op::sin: return g * cos(in(0));
    case Op::cos: return -(g * sin(in(0)));
    case Op::tanh: return g * (1.0f - y * y);
    case Op::sigmoid: return g * (y * (1.0f - y));
    case Op::softplus: return g * b.unary(Op::sigmoid, in(0));
    case Op::relu: return g * greater(y, 0.0f);
    case Op::leaky_relu: return select(greater(in(0), 0.0f), g, g * node.value);
    case Op::elu: return select(greater(y, 0.0f), g, g * (y + node.value));
    // y = x s with s = sigmoid(x): y' = s + x s (1 - s) = y + s (1 - y).
    case Op::swish: {
      const Tensor s = b.unary(Op::sigmoid, in(0));
      return g * (y + s * (1.0f - y));
    }
    case Op::add: return g;
    case Op::subtract: return operand == 0 ? g : -g;
    case Op::multiply: return g * in(1 - operand);
    case Op::divide: return operand == 0 ? g / in(1) : -(g * y) / in(1);
    // Where both are equal the first operand gets the whole gradient.
    case Op::maximum:
      return operand == 0 ? g * (1.0f - greater(in(1), in(0))) : g * greater(in(1), in(0));
    case Op::minimum:
      return operand == 0 ? g * (1.0f - greater(in(0), in(1))) : g * greater(in(0), in(1));
    case Op::select: {
      const Tensor zero = b.constant(0.0f);
      return operand == 1 ? select(in(0), g, zero) : select(in(0), zero, g);
    }
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
