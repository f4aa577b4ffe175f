#include "compute.hpp"

#include <algorithm>

namespace isthmus::tool {
namespace {

/// `inputs` gives the values of `n` samples from the first one's number on.
template <class Inputs>
std::vector<float> compute_batches(InferenceCore& program, std::size_t count, Inputs inputs,
                                   const std::function<void()>& after_batch = {}) {
  const auto size = static_cast<std::size_t>(program.output_size());
  std::vector<float> outputs(count * size);
  for (std::size_t first = 0; first < count; first += most_at_a_time) {
    const std::size_t n = std::min<std::size_t>(most_at_a_time, count - first);
    program.run(inputs(first, n), std::span(outputs).subspan(first * size, n * size));
    if (after_batch) after_batch();
  }
  return outputs;
}

}  // namespace

std::vector<float> compute(InferenceCore& program, const data::Samples& samples,
                           const std::function<void()>& after_batch) {
  std::vector<float> buffer;
  const auto inputs = [&](std::size_t first, std::size_t n) {
    buffer.resize(n * samples.sample_size());
    samples.values(first, n, buffer.data());
    return std::span<const float>(buffer);
  };
  return compute_batches(program, samples.count(), inputs, after_batch);
}

std::vector<float> compute(InferenceCore& program, std::span<const float> inputs) {
  const auto size = static_cast<std::size_t>(program.input_size());
  return compute_batches(program, inputs.size() / size, [&](std::size_t first, std::size_t n) {
    return inputs.subspan(first * size, n * size);
  });
}

}  // namespace isthmus::tool
