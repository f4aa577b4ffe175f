// A sparse autoencoder of the activations of a language model: of 24,576 units the 32 largest are the code. Gao et
// al. 2024, "Scaling and evaluating sparse autoencoders", section 2 and appendix A.
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

/// The code is `kept` values and their columns. What a unit's amount is of has length 1, and units that were not
/// kept for `dead_after` samples come back by reconstructing, `revived` for each sample, what the others leave.
template <int width, int units, int kept, int revived, int dead_after>
struct TopKOf {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<width>("activations");
    g.begin_layer("pre", "bias");
    auto bias = g.parameter("bias", shape_of(width));  // taken off before the encoder, added behind the decoder
    auto row = sparse_top_k<kept>(dense<units>(x - bias, "enc", weights_by(of_encoder)));
    auto code = bottleneck(count_idle<units>(row));
    return directions<width, units>(code, "dec", weights_by(of_decoder)) + bias;
  });
  static constexpr auto training =
      train(model, mean_squared_error + 0.03125f * aux_k<revived>("enc", "dec", dead_after),
            adam{.learning_rate = 1e-4f, .epsilon = 6.25e-10f});
};

struct TopK : TopKOf<768, 24576, 32, 512, 10'000'000> {
  static constexpr const char* summary = "sparse code of a language model's activations, 32 of 24,576 units";
};

}  // namespace graphs
