// A program on any number of samples.
#pragma once

#include <isthmus/data/samples.hpp>
#include <isthmus/run/trainer.hpp>

#include <functional>
#include <vector>

namespace isthmus::tool {

/// Samples computed at a time: what they need stays in the caches, and memory does not grow with their number.
inline constexpr int most_at_a_time = 256;

/// What `program`, made for at least most_at_a_time samples, makes of each sample: count × output size. `after_batch`
/// is called after each batch, to fetch what the program gives besides.
std::vector<float> compute(InferenceCore& program, const data::Samples& samples,
                           const std::function<void()>& after_batch = {});
/// The same of count × input size values.
std::vector<float> compute(InferenceCore& program, std::span<const float> inputs);

}  // namespace isthmus::tool
