// Numbers that change from step to step: a learning rate, the weight of a term of the loss.
#pragma once

#include <isthmus/builder.hpp>

#include <numbers>

namespace isthmus {

/// A number as a function of the training step. A plain float is one that stays as it is; `anneal::linear` and
/// `anneal::cosine` go from one value to another and stay there.
///
/// Where nothing is trained the schedule is at its end, so that validation losses of all epochs can be compared.
class Annealed {
 public:
  // NOLINTNEXTLINE: a number is meant to convert.
  constexpr Annealed(float value) : first_(value), last_(value) {}

  /// A value that goes from `first` to `last` in `steps` steps: linearly, or along half a period of a cosine.
  static constexpr Annealed straight(float first, float last, int steps) {
    return {Way::straight, first, last, steps};
  }
  static constexpr Annealed curved(float first, float last, int steps) {
    return {Way::curved, first, last, steps};
  }

  /// This schedule with all its values multiplied by `factor`.
  constexpr Annealed times(float factor) const { return {way_, factor * first_, factor * last_, steps_}; }

  /// The largest value on the way.
  constexpr float peak() const { return first_ > last_ ? first_ : last_; }

  /// The value at the step that the host gives, as a scalar. A length that is not positive is recorded as a
  /// mistake.
  constexpr Tensor value(Builder& b) const {
    if (way_ == Way::stays) return b.constant(first_);
    if (steps_ <= 0) b.mistake(Mistake::size_not_positive, shape_of(batch, steps_), shape_of(batch, 1));
    const auto length = static_cast<float>(steps_ > 0 ? steps_ : 1);
    // The first step is number 1.
    const Tensor all = b.constant(1.0f);
    const Tensor passed = minimum((b.host_scalar(HostScalar::step) - 1.0f) / length, all);
    if (way_ == Way::straight) return first_ + (last_ - first_) * passed;
    return last_ + (0.5f * (first_ - last_)) * (1.0f + cos(std::numbers::pi_v<float> * passed));
  }

  /// The value with the scalar `peak_value` in place of the declared peak: for a learning rate that the host may
  /// change.
  constexpr Tensor scaled(Tensor peak_value) const {
    if (way_ == Way::stays) return peak_value;
    return peak_value * (value(*peak_value.builder) / (peak() == 0 ? 1.0f : peak()));
  }

 private:
  enum class Way { stays, straight, curved };
  constexpr Annealed(Way way, float first, float last, int steps)
      : way_(way), first_(first), last_(last), steps_(steps) {}

  Way way_ = Way::stays;
  float first_, last_;
  int steps_ = 1;
};

namespace anneal {

/// A value that is the same in every step.
constexpr Annealed constant(float value) { return value; }
/// A linear schedule over `steps` steps: `anneal::linear(0.0f, 1.0f, 2000) * gaussian_kl("mu", "log_var")`.
constexpr Annealed linear(float from, float to, int steps) { return Annealed::straight(from, to, steps); }
/// A schedule along half a period of a cosine, over `steps` steps: Loshchilov and Hutter 2017 (SGDR), equation 5.
constexpr Annealed cosine(float from, float to, int steps) { return Annealed::curved(from, to, steps); }

}  // namespace anneal
}  // namespace isthmus
