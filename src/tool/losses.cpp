#include "losses.hpp"

#include <algorithm>

namespace isthmus::tool {

double mean_loss(const data::Samples& samples, int batch, std::vector<float>& buffer,
                 const std::function<double(std::span<const float>)>& loss) {
  const auto most = static_cast<std::size_t>(batch);
  double sum = 0;
  for (std::size_t first = 0; first < samples.count(); first += most) {
    const std::size_t n = std::min(most, samples.count() - first);
    buffer.resize(n * samples.sample_size());
    samples.values(first, n, buffer.data());
    sum += loss(buffer) * static_cast<double>(n);
  }
  return sum / static_cast<double>(samples.count());
}

}  // namespace isthmus::tool
