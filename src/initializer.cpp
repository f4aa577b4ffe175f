#include <isthmus/initializer.hpp>
#include <isthmus/random.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace isthmus {

float InitialValue::uniform() const {
  // Further numbers of a value lie beyond those of all first ones.
  const std::uint64_t index = static_cast<std::uint64_t>(element) | std::uint64_t{drawn} << 48;
  ++drawn;
  return random_uniform(seed, Purpose::initial_weights, stream, index);
}

float InitialValue::normal() const {
  const double u = uniform(), v = uniform();
  return static_cast<float>(std::sqrt(-2 * std::log(1 - u)) * std::cos(2 * std::numbers::pi * v));
}

namespace detail {
namespace {

/// Between -limit and limit.
float uniform_within(const InitialValue& at, double limit) {
  const float scale = static_cast<float>(2.0 * limit), low = static_cast<float>(-limit);
  return low + scale * at.uniform();
}

}  // namespace

float start_at_zero(const InitialValue&) { return 0; }
float start_at_value(const InitialValue& at) { return at.value; }
float start_glorot_uniform(const InitialValue& at) {
  return uniform_within(at, std::sqrt(6.0 / (at.fan_in + at.fan_out)));
}
float start_he_uniform(const InitialValue& at) { return uniform_within(at, std::sqrt(6.0 / at.fan_in)); }
float start_at_forget_gate(const InitialValue& at) {
  constexpr std::int64_t forget_gate = 1;
  return at.element / static_cast<std::int64_t>(at.value) == forget_gate ? 1.0f : 0.0f;
}
float start_sinusoidal(const InitialValue& at) {
  const auto columns = static_cast<std::int64_t>(at.value);
  const std::int64_t row = at.element / columns, column = at.element % columns;
  const double exponent = static_cast<double>(column - column % 2) / static_cast<double>(columns);
  const double angle = static_cast<double>(row) / std::pow(10000.0, exponent);
  return static_cast<float>(column % 2 == 0 ? std::sin(angle) : std::cos(angle));
}
float start_at_data_logit(const InitialValue& at) {
  if (at.data_mean == nullptr) return 0;
  // A mean of 0 or 1 would be an infinite logit.
  const double m = std::clamp(*at.data_mean, 1e-4, 1.0 - 1e-4);
  return static_cast<float>(std::log(m / (1.0 - m)));
}

}  // namespace detail
}  // namespace isthmus
