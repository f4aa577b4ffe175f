#include "losses.hpp"

#include <algorithm>
#include <numeric>

namespace isthmus::tool {

std::vector<double> mean_losses(PortReader& reader, std::size_t samples, int batch, std::size_t count,
                                const BatchLosses& losses, run::Communicator* communicator) {
  const auto most = static_cast<std::size_t>(batch);
  const std::size_t batches = (samples + most - 1) / most;
  const auto ranks = static_cast<std::size_t>(communicator == nullptr ? 1 : communicator->size());
  const auto rank = static_cast<std::size_t>(communicator == nullptr ? 0 : communicator->rank());
  std::vector<std::uint32_t> numbers(std::min(most, samples));
  std::vector<double> values(batches * count), all(values.size() * ranks);
  for (std::size_t b = rank; b < batches; b += ranks) {
    const std::size_t first = b * most, n = std::min(most, samples - first);
    std::iota(numbers.begin(), numbers.end(), static_cast<std::uint32_t>(first));
    losses(reader.read(first, n), std::span(numbers).first(n), std::span(values).subspan(b * count, count));
  }
  if (communicator == nullptr) all = values;
  else communicator->all_gather(values, all);
  std::vector<double> sums(count, 0.0);
  for (std::size_t b = 0; b < batches; ++b) {
    const double n = static_cast<double>(std::min(most, samples - b * most));
    const auto of_batch = std::span(all).subspan(b % ranks * values.size() + b * count, count);
    for (std::size_t i = 0; i < count; ++i) sums[i] += of_batch[i] * n;
  }
  for (double& sum : sums) sum /= static_cast<double>(samples);
  return sums;
}

}  // namespace isthmus::tool
