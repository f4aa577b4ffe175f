#include "data_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace isthmus::tool {
namespace {

std::string text_of(const plan::Interval& interval) {
  const bool open = interval.most == std::numeric_limits<float>::infinity();
  return fmt::format("[{:g}, {}", interval.least, open ? std::string("∞)") : fmt::format("{:g}]", interval.most));
}

}  // namespace

std::vector<std::string> range_warnings(GraphView model, GraphView loss, const plan::Interval& data,
                                        std::string_view source) {
  constexpr plan::Interval fractions{0, 1};
  const std::string found = fmt::format("found {:g} to {:g}", data.least, data.most);
  if (plan::takes_fractions(loss) && !fractions.contains(data))
    return {
        fmt::format("{}: expected values in [0, 1], which the model's cross-entropy takes for probabilities, {}: "
                    "its loss means nothing there",
                    source, found)};
  if (const plan::Interval range = plan::output_range(model); !range.contains(data))
    return {fmt::format("{}: expected values in {}, which is all that the model's last layer can give, {}", source,
                        text_of(range), found)};
  return {};
}

std::vector<std::string> batch_warnings(GraphView declared, std::size_t batch, std::size_t samples) {
  const std::size_t full = std::min(batch, samples);
  if (full == 0 || (full != 1 && samples % full != 1)) return {};
  std::vector<std::string> warnings;
  for (const std::string& layer : plan::layers_of_batch_statistics(declared))
    warnings.push_back(
        fmt::format("{}: normalises by the batch, and {} has one sample, of which that leaves nothing: "
                    "choose another --batch",
                    layer, full == 1 ? "every one" : "the last one of each epoch"));
  return warnings;
}

std::vector<std::string> condition_warnings(GraphView declared, const PortData& data) {
  constexpr std::size_t most_compared = 64;
  const std::size_t compared = std::min(most_compared, data.count());
  const auto values_of = [&](const data::Samples& samples) {
    std::vector<float> values(compared * samples.sample_size());
    samples.values(0, compared, values.data());
    return values;
  };
  std::vector<std::string> warnings;
  for (const PortSamplesOfSet& port : data.ports()) {
    if (!is_port(declared[find_port(declared, port.port.c_str())], PortKind::condition)) continue;
    const std::vector<float> condition = values_of(port.samples);
    for (const PortSamplesOfSet& other : data.ports()) {
      const Node& input = declared[find_port(declared, other.port.c_str())];
      const bool is_reconstructed = is_port(input, PortKind::data) || is_port(input, PortKind::target);
      if (is_reconstructed && values_of(other.samples) == condition)
        warnings.push_back(fmt::format("{}: the condition {} has the values of {}: they go around the bottleneck",
                                       port.samples.name(), port.port, other.port));
    }
  }
  return warnings;
}

}  // namespace isthmus::tool
