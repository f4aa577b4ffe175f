#include "compute.hpp"

#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace isthmus::tool {
namespace {

/// Functions from the first sample's number and the number of samples to these samples' values, or to the place
/// for their outputs.
using Inputs = std::function<std::span<const PortValues>(std::size_t first, std::size_t n)>;
using Outputs = std::function<std::span<float>(std::size_t first, std::size_t n)>;

/// `done` is called with the outputs of each batch.
void compute_batches(InferenceCore& program, std::size_t count, const Inputs& inputs, const Outputs& outputs,
                     const std::function<void(std::span<const float>)>& done = {}) {
  for (std::size_t first = 0; first < count; first += most_at_a_time) {
    const std::size_t n = std::min<std::size_t>(most_at_a_time, count - first);
    const std::span<float> out = outputs(first, n);
    program.run(inputs(first, n), out);
    if (done) done(out);
  }
}

std::vector<float> compute_all(InferenceCore& program, std::size_t count, const Inputs& inputs) {
  const auto size = static_cast<std::size_t>(program.output_size());
  std::vector<float> all(count * size);
  compute_batches(program, count, inputs, [&](std::size_t first, std::size_t n) {
    return std::span(all).subspan(first * size, n * size);
  });
  return all;
}

}  // namespace

std::vector<float> compute(InferenceCore& program, const PortData& data) {
  PortReader reader(program.inputs(), data);
  return compute_all(program, data.count(),
                     [&](std::size_t first, std::size_t n) { return reader.read(first, n); });
}

std::vector<float> compute(InferenceCore& program, std::span<const float> inputs,
                           std::span<const PortValues> others) {
  const std::size_t count = inputs.size() / static_cast<std::size_t>(program.input_size());
  std::vector<PortValues> all{{program.inputs().front().name, inputs}}, part;
  all.insert(all.end(), others.begin(), others.end());
  return compute_all(program, count, [&](std::size_t first, std::size_t n) -> std::span<const PortValues> {
    part = all;
    for (PortValues& port : part) {
      const std::size_t size = port.values.size() / count;
      port.values = port.values.subspan(first * size, n * size);
    }
    return part;
  });
}

void compute(InferenceCore& program, const PortData& data,
             const std::function<void(std::span<const float> outputs)>& take) {
  const auto size = static_cast<std::size_t>(program.output_size());
  PortReader reader(program.inputs(), data);
  std::vector<float> outputs(std::min<std::size_t>(most_at_a_time, data.count()) * size);
  compute_batches(
      program, data.count(), [&](std::size_t first, std::size_t n) { return reader.read(first, n); },
      [&](std::size_t, std::size_t n) { return std::span(outputs).first(n * size); }, take);
}

void OutputCheck::operator()(std::span<const float> values, std::size_t size, std::size_t first) const {
  if (allow_nonfinite) return;
  const auto bad = std::find_if(values.begin(), values.end(), [](float x) { return !std::isfinite(x); });
  if (bad == values.end()) return;
  const auto at = static_cast<std::size_t>(bad - values.begin());
  throw NumberError(fmt::format(
      "{}: sample {}, position {}: expected a finite number from the model, found {}; --allow-nonfinite "
      "writes it",
      file, first + at / size, at % size, *bad));
}

}  // namespace isthmus::tool
