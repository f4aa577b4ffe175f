// What the encoders of models that quantize give.
#pragma once

#include "run_room/quantized_models.hpp"
#include "run_room/sessions.hpp"

namespace isthmus::testing {

/// The codes of an encoder, and the indices beside them.
struct Codes {
  std::vector<float> vectors, indices;
};
inline Codes codes_of(InferenceCore& encoder, std::span<const float> x, const char* layer = "codebook") {
  Codes codes;
  codes.vectors.assign(
      x.size() / static_cast<std::size_t>(encoder.input_size()) * static_cast<std::size_t>(encoder.output_size()),
      -7.0f);
  encoder.run(x, codes.vectors);
  const auto indices = encoder.side_output(layer);
  codes.indices.assign(indices.begin(), indices.end());
  return codes;
}

inline double squared_distance(const float* a, const float* b, std::size_t width) {
  double sum = 0;
  for (std::size_t i = 0; i < width; ++i) sum += (double{a[i]} - double{b[i]}) * (double{a[i]} - double{b[i]});
  return sum;
}

}  // namespace isthmus::testing
