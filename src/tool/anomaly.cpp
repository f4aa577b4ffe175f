#include "anomaly.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace isthmus::tool {
namespace {

/// The samples from the highest score to the lowest; `take` is given those of one score together, how many of them
/// have a label and how many have none.
template <class Take>
void by_falling_score(std::span<const float> scores, std::span<const std::uint8_t> labels, Take take) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  for (std::size_t first = 0; first < order.size();) {
    std::size_t labelled = 0, last = first;
    for (; last < order.size() && scores[order[last]] == scores[order[first]]; ++last)
      labelled += labels[order[last]] != 0;
    take(static_cast<double>(labelled), static_cast<double>(last - first - labelled));
    first = last;
  }
}

double count_of_labelled(std::span<const std::uint8_t> labels) {
  return static_cast<double>(std::count_if(labels.begin(), labels.end(), [](std::uint8_t l) { return l != 0; }));
}

}  // namespace

double quantile(std::vector<float> scores, double q) {
  std::sort(scores.begin(), scores.end());
  const double place = q * static_cast<double>(scores.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, scores.size() - 1);
  const double low = static_cast<double>(scores[below]), high = static_cast<double>(scores[above]);
  return low + (high - low) * (place - std::floor(place));
}

double roc_area(std::span<const float> scores, std::span<const std::uint8_t> labels) {
  const double labelled = count_of_labelled(labels), others = static_cast<double>(labels.size()) - labelled;
  double pairs = 0, found = 0;
  by_falling_score(scores, labels, [&](double with, double without) {
    pairs += without * (found + with / 2);
    found += with;
  });
  return pairs / (labelled * others);
}

double precision_recall_area(std::span<const float> scores, std::span<const std::uint8_t> labels) {
  const double labelled = count_of_labelled(labels);
  double area = 0, found = 0, passed = 0;
  by_falling_score(scores, labels, [&](double with, double without) {
    found += with;
    passed += with + without;
    area += found / passed * with / labelled;
  });
  return area;
}

Detections detections(std::span<const float> scores, std::span<const std::uint8_t> labels, double threshold) {
  Detections found;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const bool is_wanted = !labels.empty() && labels[i] != 0;
    const bool is_above = static_cast<double>(scores[i]) > threshold;
    found.wanted += is_wanted;
    found.above += is_above;
    found.right += is_wanted && is_above;
  }
  return found;
}

}  // namespace isthmus::tool
