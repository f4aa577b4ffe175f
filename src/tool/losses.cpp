#include "losses.hpp"

#include <algorithm>
#include <numeric>

namespace isthmus::tool {

std::vector<double> mean_losses(const data::Samples& samples, int batch, std::vector<float>& buffer, std::size_t count,
                                const BatchLosses& losses) {
  const auto most = static_cast<std::size_t>(batch);
  std::vector<std::uint32_t> numbers(std::min(most, samples.count()));
  std::vector<double> sums(count, 0.0), values(count);
  for (std::size_t first = 0; first < samples.count(); first += most) {
    const std::size_t n = std::min(most, samples.count() - first);
    buffer.resize(n * samples.sample_size());
    samples.values(first, n, buffer.data());
    std::iota(numbers.begin(), numbers.end(), static_cast<std::uint32_t>(first));
    losses(buffer, std::span(numbers).first(n), values);
    for (std::size_t i = 0; i < count; ++i) sums[i] += values[i] * static_cast<double>(n);
  }
  for (double& sum : sums) sum /= static_cast<double>(samples.count());
  return sums;
}

}  // namespace isthmus::tool
