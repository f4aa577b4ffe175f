// Moving averages of weights: an optimizer that keeps one beside each parameter. Training goes on with the
// parameters; evaluation, saved models and the halves use the averages (find_in_use, run/trainer.hpp).
#pragma once

#include <isthmus/differentiate/optimizers.hpp>

namespace isthmus {

namespace differentiate {

/// An optimizer, and the average beside what it updates.
template <class Optimizer>
struct Averaged {
  Optimizer optimizer;
  float decay;
  Annealed learning_rate = optimizer.learning_rate;

  constexpr void update(Tensor parameter, Tensor gradient, Tensor rate, Tensor step) const {
    Builder& b = *parameter.builder;
    if (!(decay >= 0 && decay < 1))
      b.diagnostic().record(Mistake::rate_out_of_range, "averaged", shape_of(batch, in_percent(decay)));
    const int first = b.size();
    optimizer.update(parameter, gradient, rate, step);
    int updated = -1;
    for (int i = first; i < b.size(); ++i)
      if (b[i].op == Op::assign && b[i].inputs[0] == parameter.id) updated = b[i].inputs[1];
    if (updated < 0) return;  // It keeps its value, which is the average.
    const Tensor now = b.tensor(updated);
    const Tensor average = b.state(parameter, average_moment);
    // Of the zero-based average, the bias correction, in one share: at the first step it is 1.
    const Tensor kept = exp(step * log(b.constant(decay)));
    const Tensor share = (1.0f - decay) / (1.0f - kept);
    const Tensor change = share * (now - average);
    b.assign(average, average + change);
  }
};

}  // namespace differentiate

/// An optimizer's steps, and an exponential moving average of every parameter (Polyak and Juditsky 1992, in the
/// form of Keras' use_ema and PyTorch's get_ema_multi_avg_fn): after step t that is the mean of the parameter's
/// values after the steps 1 … t, each with the weight decayᵗ⁻ⁱ. So the first values do not count for more than
/// they should, as by the bias correction of Kingma and Ba 2015, section 3. `averaged(adam{}, 0.999f)`.
///
/// Where nothing is trained, the averages are the model's weights: in evaluation, in saved models, in what is made
/// of a trainer. Checkpoints have both. Statistics of a batch norm are averages already, and stay what they are.
template <class Optimizer>
constexpr differentiate::Averaged<Optimizer> averaged(Optimizer optimizer, float decay = 0.999f) {
  return {optimizer, decay};
}

}  // namespace isthmus
