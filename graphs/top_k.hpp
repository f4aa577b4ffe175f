// A sparse autoencoder of the activations of a language model: of 24,576 units the 32 largest are the code. Gao et
// al. 2024, "Scaling and evaluating sparse autoencoders", section 2.
#pragma once

#include <cmath>
#include <isthmus/declare.hpp>

namespace graphs {

using namespace isthmus;

/// Directions of length 1, nearly. A unit's row of the decoder's weights, [units, width], and its column of the
/// encoder's start as the same one: a function of the place in the decoder's weights.
inline float direction(InitialValue at, std::int64_t place, double width) {
  at.stream = 0x746f706b;
  at.element = place;
  return (2.0f * at.uniform() - 1.0f) * static_cast<float>(std::sqrt(3.0 / width));
}
inline constexpr Initializer of_decoder{
    "directions", [](const InitialValue& at) { return direction(at, at.element, at.fan_out); }};
inline constexpr Initializer of_encoder{
    "transposed_directions", [](const InitialValue& at) {
      const auto units = static_cast<std::int64_t>(at.fan_out), width = static_cast<std::int64_t>(at.fan_in);
      return direction(at, at.element % units * width + at.element / units, at.fan_in);
    }};

/// The code is 32 values and their columns.
struct TopK {
  static constexpr const char* summary = "sparse code of a language model's activations, 32 of 24,576 units";
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<768>("activations");
    g.begin_layer("pre", "bias");
    auto bias = g.parameter("bias", shape_of(768));  // taken off before the encoder, added behind the decoder
    auto kept = sparse_top_k<32>(dense<24576>(x - bias, "enc", weights_by(of_encoder)));
    auto code = bottleneck(count_idle<24576>(kept));
    return dense<768>(scatter<24576>(code), "dec", no_bias, weights_by(of_decoder)) + bias;
  });
  static constexpr auto training = train(model, mean_squared_error, adam{.learning_rate = 1e-4f});
};

}  // namespace graphs
