// A program on any number of samples.
#pragma once

#include <isthmus/data/samples.hpp>
#include <isthmus/run/trainer.hpp>

#include <functional>
#include <span>
#include <vector>

namespace isthmus::tool {

/// Samples computed at a time: what they need stays in the caches, and memory does not grow with their number.
inline constexpr int most_at_a_time = 256;

/// What `program`, made for at least most_at_a_time samples, makes of each sample: count × output size.
std::vector<float> compute(InferenceCore& program, const data::Samples& samples);
/// The same of count × input size values.
std::vector<float> compute(InferenceCore& program, std::span<const float> inputs);
/// The same for `take`, batch by batch, so that no more than one is held. What the program gives besides is then
/// that of the batch.
void compute(InferenceCore& program, const data::Samples& samples,
             const std::function<void(std::span<const float> outputs)>& take);

}  // namespace isthmus::tool
