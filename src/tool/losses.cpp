#include "losses.hpp"

#include <algorithm>
#include <numeric>

namespace isthmus::tool {

double mean_loss(const data::Samples& samples, int batch, std::vector<float>& buffer, const BatchLoss& loss) {
  const auto most = static_cast<std::size_t>(batch);
  std::vector<std::uint32_t> numbers(std::min(most, samples.count()));
  double sum = 0;
  for (std::size_t first = 0; first < samples.count(); first += most) {
    const std::size_t n = std::min(most, samples.count() - first);
    buffer.resize(n * samples.sample_size());
    samples.values(first, n, buffer.data());
    std::iota(numbers.begin(), numbers.end(), static_cast<std::uint32_t>(first));
    sum += loss(buffer, std::span(numbers).first(n)) * static_cast<double>(n);
  }
  return sum / static_cast<double>(samples.count());
}

}  // namespace isthmus::tool
