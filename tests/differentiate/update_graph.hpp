// An optimizer's update of one matrix and one vector, as a graph.
#pragma once

#include <isthmus/differentiate/gradient.hpp>
#include <isthmus/differentiate/optimizers.hpp>

namespace isthmus::testing {

inline constexpr int rows = 3, columns = 5;

/// One matrix `layer.weight` and one vector `layer.bias`, whose gradients are inputs: loss = sum(w · g) +
/// sum(b · h).
template <class Optimizer>
constexpr Builder update_graph(const Optimizer& optimizer) {
  Builder b;
  const Tensor g = b.input("g", shape_of(rows, columns)), h = b.input("h", shape_of(columns));
  b.in_layer("layer");
  const Tensor w = b.parameter("weight", shape_of(rows, columns)), bias = b.parameter("bias", shape_of(columns));
  const Tensor loss = sum(w * g) + sum(bias * h);
  const auto gradient = differentiate::gradients(loss, {w, bias});
  const Tensor step = b.host_scalar(HostScalar::step), rate = b.host_scalar(HostScalar::learning_rate);
  optimizer.update(w, gradient[0], rate, step);
  optimizer.update(bias, gradient[1], rate, step);
  return b;
}

constexpr int count(const Builder& b, Op op) {
  int found = 0;
  for (const Node& node : b.view()) found += node.op == op;
  return found;
}

}  // namespace isthmus::testing
