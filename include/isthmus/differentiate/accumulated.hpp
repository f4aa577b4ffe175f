// Gradient accumulation: several steps in a row add up their gradients, and the last of them makes one update of
// their mean. So a batch need not be in memory at once.
#pragma once

#include <isthmus/builder.hpp>

#include <vector>

namespace isthmus::differentiate {

/// Writes a training step of which so many in a row make one update: a sum of gradients beside each parameter, and
/// assignments that wait for the last step. With one step it writes nothing. A number that is not positive is
/// recorded as a mistake.
class Accumulation {
 public:
  constexpr Accumulation(Builder& b, int steps) : b_(b), steps_(steps) {
    if (steps < 1)
      b.diagnostic().record(Mistake::size_not_positive, "accumulate", shape_of(batch, steps), shape_of(batch, 1));
    if (is_used()) updates_ = b.host_scalar(HostScalar::updates, static_cast<float>(steps));
  }

  /// Replaces each gradient by the mean of those since the last update, this one among them. What the others have
  /// left is the sum `accumulated`, which starts from zero again behind an update.
  constexpr void add_up(const std::vector<Tensor>& parameters, std::vector<Tensor>& gradients) {
    if (!is_used()) return;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      b_.in_layer(parameters[i].node().label.layer);
      const Tensor earlier = b_.state(parameters[i], "accumulated");
      const Tensor sum = earlier + gradients[i];
      b_.assign(earlier, select(updates_, b_.constant(0.0f), sum));
      gradients[i] = sum / static_cast<float>(steps_);
    }
  }

  /// Lets the assignments among the nodes from `first` on, which are an optimizer's update, wait for the last
  /// step: until then their targets keep their values.
  constexpr void hold_back(int first) {
    if (!is_used()) return;
    const int end = b_.size();
    for (int i = first; i < end; ++i) {
      if (b_[i].op != Op::assign) continue;
      const Tensor target = b_.tensor(b_[i].inputs[0]), value = b_.tensor(b_[i].inputs[1]);
      b_.graph().nodes.data()[i] = Node{};
      b_.assign(target, select(updates_, value, target));
    }
  }

  /// Lets everything in the graph that reads the step, schedules and optimizers, read the number of the update.
  constexpr void count_updates() {
    if (!is_used()) return;
    for (Node& node : b_.graph().nodes)
      if (is_host_scalar(node) && node.attribute == HostScalar::step) node.value = static_cast<float>(steps_);
  }

 private:
  constexpr bool is_used() const { return steps_ > 1; }

  Builder& b_;
  int steps_;
  Tensor updates_{};  ///< not zero in the last step
};

}  // namespace isthmus::differentiate
