// Initial values of parameters. The library's own initializers are below; a program adds its own in its own
// header.
#pragma once

#include <cstdint>

namespace isthmus {

/// The arguments of which a parameter's initial value is a function.
struct InitialValue {
  /// Values that each result is made of, and results that each value is part of; of a convolution all taps count.
  double fan_in = 1, fan_out = 1;
  float value = 0;                    ///< that was declared, as in `constant(0.5f)`
  const double* data_mean = nullptr;  ///< of the training data; null before it is known
  std::int64_t element = 0;           ///< the value's place in the parameter, row-major
  std::uint64_t seed = 0;
  std::uint32_t stream = 0;  ///< of the parameter's name

  /// The next number of this value's own, uniform in [0, 1): a pure function of seed, name, place and how many
  /// were drawn.
  float uniform() const;
  /// The next normal number of mean 0 and variance 1, made from two uniform ones. Box and Muller 1958.
  float normal() const;

  mutable std::uint32_t drawn = 0;
};

/// A way to start. Its function should be compiled once, not inline in a header, where the bits of its results
/// matter: units of other flags may round differently.
struct Initializer {
  const char* name;
  float (*start)(const InitialValue&);
  bool has_value = false;   ///< reads InitialValue::value
  bool reads_data = false;  ///< is started again when the mean of the training data is known

  static const Initializer zeros;
  static const Initializer constant;  ///< `value`
  static const Initializer
      glorot_uniform;  ///< U(-a, a), a = sqrt(6 / (fan in + fan out)): Glorot and Bengio 2010, (16)
  static const Initializer he_uniform;        ///< U(-a, a), a = sqrt(6 / fan in): He et al. 2015, section 2.2
  static const Initializer unit_forget_bias;  ///< 1 for the forget gate of an LSTM of `value` units, else 0
  static const Initializer sinusoidal;        ///< sines and cosines of the row, in a matrix of `value` columns
  static const Initializer data_logit;        ///< log(m / (1 - m)) of the training data's mean m
};

namespace detail {
float start_at_zero(const InitialValue&);
float start_at_value(const InitialValue&);
float start_glorot_uniform(const InitialValue&);
float start_he_uniform(const InitialValue&);
float start_at_forget_gate(const InitialValue&);
float start_sinusoidal(const InitialValue&);
float start_at_data_logit(const InitialValue&);
}  // namespace detail

inline constexpr Initializer Initializer::zeros{"zeros", detail::start_at_zero};
inline constexpr Initializer Initializer::constant{"constant", detail::start_at_value, true};
inline constexpr Initializer Initializer::glorot_uniform{"glorot_uniform", detail::start_glorot_uniform};
inline constexpr Initializer Initializer::he_uniform{"he_uniform", detail::start_he_uniform};
inline constexpr Initializer Initializer::unit_forget_bias{"unit_forget_bias", detail::start_at_forget_gate, true};
inline constexpr Initializer Initializer::sinusoidal{"sinusoidal", detail::start_sinusoidal, true};
inline constexpr Initializer Initializer::data_logit{"data_logit", detail::start_at_data_logit, false, true};

}  // namespace isthmus
