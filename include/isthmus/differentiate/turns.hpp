// The graph of a training step of several turns. The turns follow each other in one graph: the forward pass of a
// later one reads what the earlier ones make of the parameters, so that the step means what as many steps in a
// row, on the same batch and with the same noise, mean. A parameter is assigned once, at the end.
#pragma once

#include <isthmus/declare/turns.hpp>
#include <isthmus/differentiate/training.hpp>
#include <isthmus/differentiate/turn_outputs.hpp>

namespace isthmus::differentiate {
namespace detail {

/// Writes turn after turn behind a graph of losses. `outputs` are those of that graph, `declared` is the model.
class TurnWriter {
 public:
  constexpr TurnWriter(Builder& b, GraphView declared, std::vector<TurnOutput> outputs)
      : b_(b),
        loss_(copy_of(b.view())),
        declared_(declared),
        latest_(loss_.nodes.size(), -1),
        updated_(loss_.nodes.size(), -1),
        outputs_(static_cast<std::vector<TurnOutput>&&>(outputs)) {
    for (int i = 0; i < view().size; ++i) latest_.data()[i] = i;
    // They are written at the end.
    for (const TurnOutput& output : outputs_) b_.graph().nodes.data()[output.node] = Node{};
  }

  template <class Turn>
  constexpr void write(const Turn& turn, float largest_norm, Tensor declared_rate, float declared_peak,
                       Tensor step) {
    const int loss = compute_again();
    std::vector<int> parameters = parameters_of(turn, loss);
    if (b_.diagnostic()) return;
    std::vector<Tensor> sources;
    for (const int p : parameters) sources.push_back(b_.tensor(latest_.data()[p]));
    std::vector<Tensor> gradient = gradients(b_.tensor(loss), sources);
    if (largest_norm != 0) clip_by_norm(gradient, largest_norm);
    b_.in_layer("optimizer");
    const Annealed schedule = turn.optimizer.learning_rate;
    // The host has one rate, the first turn's; the others keep their ratio to it.
    Tensor peak = declared_rate;
    if (schedule.peak() != declared_peak) peak = peak * schedule.peak() / declared_peak;
    const Tensor rate = schedule.scaled(peak);
    for (std::size_t i = 0; i < sources.size(); ++i) {
      b_.in_layer(sources[i].node().label.layer);
      const int first = b_.size();
      turn.optimizer.update(sources[i], gradient[i], rate, step);
      require_assigned(b_, sources[i], first);
      take_update(parameters[i], sources[i], first, turn.name);
    }
    ++turn_;
  }

  /// Assigns what has become of the parameters, and writes the outputs in their order.
  constexpr void finish() {
    for (int i = 0; i < view().size; ++i) {
      if (!is_parameter(view()[i])) continue;
      const int value = updated_.data()[i];
      Node& parameter = b_.graph().nodes.data()[i];
      parameter.trained = parameter.trained && value >= 0;
      if (value >= 0) b_.assign(b_.tensor(i), b_.tensor(value));
    }
    for (const TurnOutput& output : outputs_) {
      Node node = view()[output.node];
      node.inputs[node.op == Op::output ? 0 : 1] = output.value;
      b_.emit(node);
    }
  }

 private:
  constexpr GraphView view() const { return loss_; }

  /// Writes again what this turn needs of the graph of the loss and what depends on parameters that have changed;
  /// gives the node of the turn's loss.
  constexpr int compute_again() {
    std::vector<int> roots;
    for (const TurnOutput& output : outputs_)
      if (output.turn == turn_) roots.push_back(output.value);
    const std::vector<char> needed = needed_for(view(), roots);
    std::vector<int> now = latest_;
    int* const to = now.data();
    for (int i = 0; i < view().size; ++i) {
      if (needed.data()[i] == 0 || is_leaf(view()[i].op)) continue;
      Node node = view()[i];
      bool changed = false;
      for (int k = 0; k < 3; ++k) {
        if (node.inputs[k] < 0) continue;
        changed = changed || to[node.inputs[k]] != node.inputs[k];
        node.inputs[k] = to[node.inputs[k]];
      }
      if (changed) to[i] = is_bottleneck(node) ? node.inputs[0] : b_.emit(node).id;
    }
    int loss = -1;
    for (TurnOutput& output : outputs_) {
      if (output.turn != turn_) continue;
      output.value = to[output.value];
      if (view()[output.node].op == Op::output) loss = output.value;
    }
    return loss;
  }

  /// The parameters that a turn trains, of those that its loss reaches. Each of its sets has to have some.
  template <class Turn>
  constexpr std::vector<int> parameters_of(const Turn& turn, int loss) {
    const std::vector<char> reached = reached_from(b_.view(), loss);
    std::vector<char> chosen(loss_.nodes.size(), char{0});
    int sets = 0;
    boost::hana::for_each(turn.sets, [&](const auto& set) {
      ++sets;
      const std::vector<const char*> layers = set.layers_in(declared_);
      bool is_known = false, is_reached = false;
      for (int i = 0; i < view().size; ++i) {
        const Node& node = view()[i];
        if (is_sink(node.op) || !declare::is_one_of(layers, node.label.layer)) continue;
        is_known = true;
        if (!is_parameter(node) || !node.trained || reached.data()[latest_.data()[i]] == 0) continue;
        is_reached = true;
        chosen.data()[i] = 1;
      }
      if (!is_known) record_unknown(set.name());
      else if (!is_reached) b_.diagnostic().record(Mistake::turn_misses_a_layer, turn.name, {}, {}, set.name());
    });
    if (sets == 0) b_.diagnostic().record(Mistake::turn_without_layers, turn.name);
    std::vector<int> parameters;
    for (int i = 0; i < view().size; ++i)
      if (chosen.data()[i] != 0) parameters.push_back(i);
    return parameters;
  }

  constexpr void record_unknown(const char* layer) {
    const int input = first_port(declared_, PortKind::data), code = find_first(declared_, is_bottleneck);
    b_.diagnostic().record(Mistake::unknown_name, layer, input < 0 ? Shape{} : declared_[input].shape,
                           code < 0 ? Shape{} : declared_[code].shape);
  }

  /// Takes the parameter's assignment out of the update, the nodes from `first` on: later turns read its value,
  /// and what the optimizer remembers is this turn's.
  constexpr void take_update(int parameter, Tensor source, int first, const char* turn) {
    int value = -1;
    for (int i = first; i < b_.size(); ++i) {
      Node& node = b_.graph().nodes.data()[i];
      if (node.op == Op::assign && node.inputs[0] == source.id) {
        value = node.inputs[1];
        node = Node{};
      } else if (same_text(node.label.moment, average_moment)) {
        if (is_state(node)) require_one_average(node.label, first);
      } else if (is_state(node) || node.op == Op::assign) {
        node.label.turn = turn;
      }
    }
    if (value < 0) return;  // It is frozen.
    updated_.data()[parameter] = value;
    // To the turns that follow it is a value like any other: their gradients end here.
    const Tensor now = stop_gradient(b_.tensor(value));
    b_.graph().nodes.back().label = view()[parameter].label;
    latest_.data()[parameter] = now.id;
  }

  /// A parameter's average stands for it where nothing is trained: one turn alone may keep it.
  constexpr void require_one_average(const Label& label, int first) {
    for (int i = 0; i < first; ++i)
      if (is_state(b_[i]) && b_[i].label == label)
        b_.diagnostic().record(Mistake::two_averages, label.layer, {}, {}, label.part);
  }

  Builder& b_;
  Graph loss_;
  GraphView declared_;
  std::vector<int>
      latest_;  ///< of each node of the loss: itself, of a parameter what the last turn has made of it
  std::vector<int> updated_;         ///< of each parameter: what is assigned in the end, or -1
  std::vector<TurnOutput> outputs_;  ///< in the end with their values in the graph of the step
  int turn_ = 0;
};

}  // namespace detail

/// The graph of a training step in turns: the outputs of a graph of `loss_graph`, and for each turn in its order
/// the updates of its layers' parameters, by the gradients of its loss for what the turns before it have made of
/// them. `declared` is the model, which says what is of which half. Gradients of each turn are clipped if
/// `clip_norm` is not 0. Several `accumulated` steps are a mistake: a later turn's gradients would be of
/// parameters that all turns before it have updated, by samples that are still to come. Source of such training:
/// Goodfellow et al. 2014, algorithm 1.
template <class... T>
constexpr Builder turns_graph(GraphView loss_of_model, const declare::Turns<T...>& in_turns, GraphView declared,
                              float clip_norm = 0, int accumulated = 1) {
  Builder b(loss_of_model);
  if (accumulated != 1)
    b.diagnostic().record(Mistake::turns_accumulate, "accumulate", shape_of(batch, accumulated));
  if (!require_norm(b, clip_norm)) return b;
  TurnOutputs outputs(loss_of_model);
  // The rate that a host sees and sets: the first that is not zero.
  float peak = 0;
  boost::hana::for_each(in_turns.turns, [&](const auto& turn) {
    const Annealed schedule = turn.optimizer.learning_rate;
    if (peak == 0) peak = schedule.peak();
    outputs.expect(turn.name);
  });
  detail::TurnWriter writer(b, declared, outputs.take());
  b.in_layer("optimizer");
  const Tensor step = b.host_scalar(HostScalar::step), rate = b.host_scalar(HostScalar::learning_rate, peak);
  boost::hana::for_each(in_turns.turns, [&](const auto& turn) {
    if (!b.diagnostic()) writer.write(turn, clip_norm, rate, peak, step);
  });
  writer.finish();
  return b;
}

}  // namespace isthmus::differentiate
