// Makes the graphs of training from a declared model: the loss alone, and one whole training step (loss,
// gradients, the optimizer's update).
#pragma once

#include <isthmus/declare/layers.hpp>
#include <isthmus/differentiate/accumulated.hpp>
#include <isthmus/differentiate/averaged.hpp>
#include <isthmus/differentiate/draws.hpp>
#include <isthmus/differentiate/gradient.hpp>
#include <isthmus/differentiate/optimizers.hpp>

namespace isthmus::differentiate {

/// Copies a declared graph without its sinks, but each node under its number; returns the reconstruction.
constexpr Tensor continue_model(Builder& b, GraphView declared) {
  Tensor reconstruction;
  for (int i = 0; i < declared.size; ++i) {
    const Node& node = declared[i];
    if (node.op == Op::output) {
      reconstruction = b.tensor(node.inputs[0]);
      continue;
    }
    if (node.op == Op::side_output) {
      b.emit(Node{});  // The nodes behind it keep their numbers.
      continue;
    }
    b.emit(node);
  }
  return reconstruction;
}

/// Records a target or a weight that the loss does not read. Those that it reads, and statistics, need not be
/// retained any more.
constexpr void check_inputs_of_loss(Builder& b) {
  for (int i = 0; i < b.size(); ++i) {
    if (is_parameter(b[i])) b.graph().nodes.data()[i].retained = false;
    if (!is_input_of_a_loss(b[i])) continue;
    bool is_read = false;
    for (const Node& node : b.view())
      for (int k = 0; k < 3; ++k) is_read = is_read || node.inputs[k] == i;
    if (!is_read) b.diagnostic().record(Mistake::input_is_not_read, b[i].label.layer, b[i].shape);
    b.graph().nodes.data()[i].retained = false;
  }
}

/// The graph that gives the loss of a batch: output `loss`, and one for each named term of a sum. With
/// `with_weights` also the importance weights of the codes, if they have any.
template <class Loss>
constexpr Builder loss_graph(GraphView declared, const Loss& loss_function, bool with_weights = false) {
  Scope b;
  Tensor reconstruction;
  constexpr int draws = declare::draws_of<Loss>;
  if constexpr (draws > 0) reconstruction = Draws<draws>(b, declared).write();
  else reconstruction = continue_model(b, declared);
  b.in_loss();
  b.in_layer("loss");
  const Tensor loss = loss_function(reconstruction, target_of(b));
  if (loss.shape().rank != 0) b.mistake(Mistake::loss_is_not_a_scalar, loss.shape(), {});
  b.output(loss, "loss");
  check_inputs_of_loss(b);
  declare::check_missing_values(b);
  if (with_weights && !b.diagnostic()) declare::write_log_weights(reconstruction, loss_function);
  return b;
}

/// Records a largest norm that is negative; true if it can be used.
constexpr bool require_norm(Builder& b, float clip_norm) {
  if (clip_norm < 0)
    b.diagnostic().record(Mistake::bound_is_negative, "clip_norm", shape_of(batch, in_percent(clip_norm)));
  return clip_norm >= 0;
}

/// All gradients, made shorter by one factor if their norm taken together is larger than `largest`.
/// Source: Pascanu et al. 2013, algorithm 1.
constexpr void clip_by_norm(std::vector<Tensor>& gradients, float largest) {
  if (gradients.empty()) return;
  Builder& b = *gradients.front().builder;
  b.in_layer("clip");
  Tensor squares = sum(square(gradients.front()));
  for (std::size_t i = 1; i < gradients.size(); ++i) squares = squares + sum(square(gradients[i]));
  const Tensor bound = b.constant(largest);
  const Tensor factor = bound / maximum(sqrt(squares), bound);
  for (Tensor& gradient : gradients) gradient = gradient * factor;
}

/// The parameters stay in the graph of a training step, also those that the loss does not read: what is trained
/// elsewhere, or not at all, is saved with the others.
constexpr Graph retain_parameters(GraphView graph) {
  Graph result{{graph.begin(), graph.end()}};
  for (Node& node : result.nodes) node.retained = node.op == Op::parameter;
  return result;
}

/// Records a mistake where the update of a parameter, the nodes from `first` on, has memory that it never assigns,
/// or none but memory that it assigns. A parameter without either keeps its value: it is frozen.
constexpr void require_assigned(Builder& b, Tensor parameter, int first) {
  const auto is_assigned = [&](int id) {
    for (int i = first; i < b.size(); ++i)
      if (b[i].op == Op::assign && b[i].inputs[0] == id) return true;
    return false;
  };
  const char* const layer = parameter.node().label.layer;
  const char* missing = nullptr;
  for (int i = first; i < b.size(); ++i) {
    if (b[i].op != Op::state) continue;
    if (!is_assigned(i)) missing = b[i].label.moment;
    else if (!is_assigned(parameter.id)) missing = parameter.node().label.part;
  }
  if (missing != nullptr) b.diagnostic().record(Mistake::never_assigned, layer, {}, {}, missing);
}

/// The graph of a training step: the outputs of a graph of `loss_graph`, and an update of every parameter that the
/// loss depends on; others keep their values. Gradients are clipped if `clip_norm` is not 0. `accumulated` steps
/// in a row make one update, of the mean of their gradients.
template <class Optimizer>
constexpr Builder step_graph(GraphView loss_of_model, const Optimizer& optimizer, float clip_norm = 0,
                             int accumulated = 1) {
  Builder b(loss_of_model);
  Accumulation accumulation(b, accumulated);
  if (!require_norm(b, clip_norm) || b.diagnostic()) return b;
  const Tensor loss = b.tensor(loss_of_model[loss_of_model.size - 1].inputs[0]);
  const std::vector<char> reached = reached_from(loss_of_model, loss.id);
  std::vector<Tensor> parameters;
  for (int i = 0; i < loss_of_model.size; ++i) {
    Node& node = b.graph().nodes.data()[i];
    if (node.op != Op::parameter || !node.trained) continue;
    node.trained = reached.data()[i] != 0;
    if (node.trained) parameters.push_back(b.tensor(i));
  }
  std::vector<Tensor> gradient = gradients(loss, parameters);
  accumulation.add_up(parameters, gradient);
  if (clip_norm != 0) clip_by_norm(gradient, clip_norm);
  b.in_layer("optimizer");
  const Tensor step = b.host_scalar(HostScalar::step);
  const Annealed schedule = optimizer.learning_rate;
  const Tensor rate = schedule.scaled(b.host_scalar(HostScalar::learning_rate, schedule.peak()));
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    b.in_layer(parameters[i].node().label.layer);
    const int first = b.size();
    optimizer.update(parameters[i], gradient[i], rate, step);
    require_assigned(b, parameters[i], first);
    accumulation.hold_back(first);
  }
  accumulation.count_updates();
  return b;
}

/// The graph of a training step from a declared model; after a mistake in the loss, the graph of the loss alone.
template <class Loss, class Optimizer>
constexpr Builder training_graph(GraphView declared, const Loss& loss_function, const Optimizer& optimizer,
                                 float clip_norm = 0) {
  Builder loss = loss_graph(declared, loss_function);
  if (loss.diagnostic()) return loss;
  return step_graph(loss.view(), optimizer, clip_norm);
}

}  // namespace isthmus::differentiate
