// From a declared model to the graphs of its training: the loss alone, and one whole training step (loss,
// gradients, the optimizer's update).
#pragma once

#include <isthmus/differentiate/gradient.hpp>
#include <isthmus/differentiate/optimizers.hpp>

namespace isthmus::differentiate {

/// Copies a declared graph without its sinks; `input` and `reconstruction` are its ends.
constexpr void continue_model(Builder& b, GraphView declared, Tensor& input, Tensor& reconstruction) {
  for (int i = 0; i < declared.size; ++i) {
    const Node& node = declared[i];
    if (node.op == Op::output) {
      reconstruction = b.tensor(node.inputs[0]);
      continue;
    }
    const Tensor copy = b.emit(node);
    if (node.op == Op::input) input = copy;
  }
}

/// The graph that gives the loss of a batch: output `loss`.
template <class Loss>
constexpr Builder loss_graph(GraphView declared, const Loss& loss_function) {
  Builder b;
  Tensor input, reconstruction;
  continue_model(b, declared, input, reconstruction);
  b.in_layer("loss");
  const Tensor loss = loss_function(reconstruction, input);
  if (loss.shape().rank != 0) b.mistake(Mistake::loss_is_not_a_scalar, loss.shape(), {});
  b.output(loss, "loss");
  return b;
}

/// One training step: output `loss`, and an assignment for every parameter and every moment.
template <class Loss, class Optimizer>
constexpr Builder training_graph(GraphView declared, const Loss& loss_function, const Optimizer& optimizer) {
  Builder b = loss_graph(declared, loss_function);
  if (b.diagnostic()) return b;
  const Tensor loss = b.tensor(b[b.size() - 1].inputs[0]);
  std::vector<Tensor> parameters;
  for (int i = 0; i < declared.size; ++i)
    if (declared[i].op == Op::parameter && declared[i].trained) parameters.push_back(b.tensor(i));
  const std::vector<Tensor> gradient = gradients(loss, parameters);
  b.in_layer("optimizer");
  const Tensor step = b.host_scalar(HostScalar::step);
  const Tensor rate = b.host_scalar(HostScalar::learning_rate, optimizer.learning_rate);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    b.in_layer(parameters[i].node().label.layer);
    optimizer.update(parameters[i], gradient[i], rate, step);
  }
  return b;
}

}  // namespace isthmus::differentiate
