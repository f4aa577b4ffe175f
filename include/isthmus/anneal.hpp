// Numbers that change from step to step: a learning rate, the weight of a term of the loss.
#pragma once

#include <isthmus/builder.hpp>

#include <numbers>

namespace isthmus {

/// A number as a function of the training step. A plain float is one that stays as it is; the words of `anneal` go
/// from one value to another and stay there, and are put one behind the other by `anneal::sequence`.
///
/// Where nothing is trained the schedule is at its end, so that validation losses of all epochs can be compared.
class Annealed {
 public:
  /// The most parts that follow each other.
  static constexpr int most_parts = 16;

  /// How a part goes from its first value to its last.
  enum class Way {
    stays,      ///< at its first value
    straight,   ///< linearly
    curved,     ///< along half a period of a cosine
    geometric,  ///< by the same factor in each step
  };

  // NOLINTNEXTLINE: a number is meant to convert.
  constexpr Annealed(float value) : Annealed(Way::stays, value, value, 0) {}

  /// From `first` at step 1 to `last`, in `steps` steps. Lengths that are not positive, and geometric ways that
  /// are not between positive values, are recorded as mistakes where the value is read.
  constexpr Annealed(Way way, float first, float last, int steps) : parts_{{way, first, last, steps}} {
    if (way == Way::geometric && !(first > 0 && last > 0)) note(Mistake::schedule_value_not_positive, 0);
  }

  /// This schedule, and `next` from the step on at which this one has reached its last value.
  constexpr Annealed followed_by(const Annealed& next) const {
    Annealed both = *this;
    both.note(next.mistake_, next.found_);
    for (int i = 0; i < next.count_; ++i) {
      if (both.count_ == most_parts) {
        both.note(Mistake::schedule_too_long, count_ + next.count_);
        break;
      }
      both.parts_[both.count_++] = next.parts_[i];
    }
    return both;
  }
  /// A straight way, in `steps` steps, from `share` of this schedule's first value to that value; then the
  /// schedule.
  constexpr Annealed warmed_up(int steps, float share) const {
    const float value = parts_[0].first;
    Annealed way(Way::straight, share * value, value, steps);
    if (!(share >= 0 && share < 1)) way.note(Mistake::rate_out_of_range, in_percent(share));
    return way.followed_by(*this);
  }

  /// This schedule with all its values multiplied by `factor`.
  constexpr Annealed times(float factor) const {
    Annealed result = *this;
    for (int i = 0; i < count_; ++i) {
      result.parts_[i].first *= factor;
      result.parts_[i].last *= factor;
    }
    return result;
  }

  /// The largest value on the way.
  constexpr float peak() const {
    float largest = parts_[0].first;
    for (int i = 0; i < count_; ++i)
      for (const float value : {parts_[i].first, parts_[i].last}) largest = value > largest ? value : largest;
    return largest;
  }

  /// The value at the step that the host gives, as a scalar.
  constexpr Tensor value(Builder& b) const {
    record_mistake(b);
    if (count_ == 1 && parts_[0].way == Way::stays) return b.constant(parts_[0].first);
    int begin = 0;
    Tensor result = part(b, parts_[0], begin);
    for (int i = 1; i < count_; ++i) {
      begin += parts_[i - 1].steps;
      const Tensor begun = greater(b.host_scalar(HostScalar::step), static_cast<float>(begin));
      const Tensor later = part(b, parts_[i], begin);
      result = b.select(begun, later, result);
    }
    return result;
  }

  /// The value with the scalar `peak_value` in place of the declared peak: for a learning rate that the host may
  /// change.
  constexpr Tensor scaled(Tensor peak_value) const {
    if (count_ == 1 && parts_[0].way == Way::stays) return peak_value;
    return peak_value * (value(*peak_value.builder) / (peak() == 0 ? 1.0f : peak()));
  }

 private:
  struct Part {
    Way way = Way::stays;
    float first = 0, last = 0;
    int steps = 0;  ///< the last one's may be 0 if it stays as it is
  };

  constexpr void note(Mistake what, int found) {
    if (mistake_ != Mistake::none) return;
    mistake_ = what;
    found_ = found;
  }

  constexpr void record_mistake(Builder& b) const {
    if (mistake_ != Mistake::none) b.mistake(mistake_, shape_of(batch, found_), shape_of(batch, most_parts));
    for (int i = 0; i < count_; ++i)
      if (parts_[i].steps <= 0 && (parts_[i].way != Way::stays || i + 1 < count_))
        b.mistake(Mistake::size_not_positive, shape_of(batch, parts_[i].steps), shape_of(batch, 1));
  }

  /// The value of a part that begins when `begin` steps are done.
  static constexpr Tensor part(Builder& b, const Part& part, int begin) {
    if (part.way == Way::stays) return b.constant(part.first);
    const auto length = static_cast<float>(part.steps > 0 ? part.steps : 1);
    // The first step is number 1.
    const Tensor all = b.constant(1.0f);
    const Tensor done = b.host_scalar(HostScalar::step) - static_cast<float>(begin + 1);
    const Tensor passed = minimum(done / length, all);
    const float first = part.first, last = part.last;
    if (part.way == Way::straight) return first + (last - first) * passed;
    if (part.way == Way::curved)
      return last + (0.5f * (first - last)) * (1.0f + cos(std::numbers::pi_v<float> * passed));
    return first * pow(b.constant(last / first), passed);
  }

  Part parts_[most_parts];
  int count_ = 1;
  Mistake mistake_ = Mistake::none;  ///< the first that was made in putting it together, and what was found
  int found_ = 0;
};

namespace anneal {

/// A value that is the same in every step, or in each of so many steps before the next part of a sequence.
constexpr Annealed constant(float value) { return value; }
constexpr Annealed constant(float value, int steps) { return {Annealed::Way::stays, value, value, steps}; }

/// A linear schedule over `steps` steps: `anneal::linear(0.0f, 1.0f, 2000) * gaussian_kl("mu", "log_var")`.
constexpr Annealed linear(float from, float to, int steps) { return {Annealed::Way::straight, from, to, steps}; }

/// A schedule along half a period of a cosine, over `steps` steps: Loshchilov and Hutter 2017 (SGDR), equation 5.
constexpr Annealed cosine(float from, float to, int steps) { return {Annealed::Way::curved, from, to, steps}; }

/// An exponential decay (or growth): by the same factor in each step, from one positive value to another in
/// `steps` steps. Keras' ExponentialDecay(r, n, d) has reached `to` = r dᵏ after k n steps.
constexpr Annealed exponential(float from, float to, int steps) {
  return {Annealed::Way::geometric, from, to, steps};
}

/// A schedule after another: each begins when the one before it has reached its last value, and the last one's
/// last value stays. Three cosines in a row restart it: Loshchilov and Hutter 2017. `anneal::constant` needs a
/// length here, but at the end; sixteen parts at most.
template <class... Next>
constexpr Annealed sequence(const Annealed& first, const Next&... next) {
  Annealed all = first;
  ((all = all.followed_by(next)), ...);
  return all;
}

/// A linear warm-up in `steps` steps, from zero (or a share, in [0, 1)) of the schedule's first value to that
/// value, and then the schedule, which is later by so much: Goyal et al. 2017, section 2.2. `anneal::warm_up(500,
/// anneal::cosine(1e-3f, 0.0f, 20000))`.
constexpr Annealed warm_up(int steps, const Annealed& then, float share = 0.0f) {
  return then.warmed_up(steps, share);
}

/// The value of a piecewise constant schedule when so many steps are done: `anneal::after(30000, 1e-4f)`.
struct after {
  int steps;
  float value;
  constexpr after(int done, float v) : steps(done), value(v) {}
};

/// A piecewise constant schedule (step decay): `anneal::steps(1e-3f, anneal::after(30000, 1e-4f),
/// anneal::after(40000, 1e-5f))`. Each value is for more steps than the one before it.
template <class... After>
constexpr Annealed steps(float first, const After&... later) {
  const after parts[] = {{0, first}, later...};
  constexpr int last = sizeof...(later);
  if (last == 0) return first;
  Annealed all = constant(first, parts[last > 0 ? 1 : 0].steps);
  for (int i = 1; i < last; ++i)
    all = all.followed_by(constant(parts[i].value, parts[i + 1].steps - parts[i].steps));
  return all.followed_by(parts[last].value);
}

}  // namespace anneal
}  // namespace isthmus
