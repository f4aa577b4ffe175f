#include "plateau.hpp"

#include <algorithm>
#include <cstdint>

namespace isthmus::tool {
namespace {

constexpr std::size_t most_samples_watched = 64;

/// Mean over the elements of the variance across samples.
double mean_variance(const std::vector<float>& values, std::size_t samples) {
  const std::size_t size = values.size() / samples;
  double sum = 0;
  for (std::size_t element = 0; element < size; ++element) {
    double mean = 0;
    for (std::size_t s = 0; s < samples; ++s) mean += static_cast<double>(values[s * size + element]);
    mean /= static_cast<double>(samples);
    for (std::size_t s = 0; s < samples; ++s) {
      const double difference = static_cast<double>(values[s * size + element]) - mean;
      sum += difference * difference;
    }
  }
  return sum / static_cast<double>(values.size());
}

}  // namespace

PlateauWatch::PlateauWatch(const lower::Program& reconstruct, const PortData& data, std::string_view target)
    : program_(reconstruct, static_cast<int>(most_samples_watched)),
      reader_(program_.inputs(), data),
      count_(std::min(data.count(), most_samples_watched)) {
  std::vector<std::uint32_t> chosen;
  for (std::size_t i = 0; i < count_; ++i) chosen.push_back(static_cast<std::uint32_t>(i * data.count() / count_));
  inputs_ = reader_.gather(chosen);
  outputs_.resize(count_ * static_cast<std::size_t>(program_.output_size()));
  const data::Samples& targets = *data.find(target);
  std::vector<float> values(count_ * targets.sample_size());
  targets.gather(chosen, values.data());
  target_variance_ = mean_variance(values, count_);
}

double PlateauWatch::relative_variance(const std::vector<NamedTensor>& parameters) {
  if (target_variance_ == 0) return 1;
  program_.write(parameters, "the trained parameters");
  program_.run(inputs_, outputs_);
  return mean_variance(outputs_, count_) / target_variance_;
}

}  // namespace isthmus::tool
