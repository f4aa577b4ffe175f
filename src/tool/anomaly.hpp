// How well scores tell samples of two kinds apart.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace isthmus::tool {

/// The value below which a share `q` in [0, 1] of the scores lies, between the two nearest on a straight line:
/// NumPy's default. There must be a score.
double quantile(std::vector<float> scores, double q);

/// The area under the receiver operating characteristic: the probability that a sample whose label is not 0 has a
/// higher score than one whose label is 0; equal scores count half. Both kinds must be there. Source: Fawcett
/// 2006, "An introduction to ROC analysis", section 7.
double roc_area(std::span<const float> scores, std::span<const std::uint8_t> labels);

/// The area under precision over recall as the sum over thresholds of precision × gain in recall, also called
/// average precision; samples of equal score pass a threshold together. There must be a label that is not 0.
double precision_recall_area(std::span<const float> scores, std::span<const std::uint8_t> labels);

/// What a threshold finds: samples above it, and how many of those have a label that is not 0.
struct Detections {
  std::size_t above = 0, right = 0, wanted = 0;
  double precision() const { return static_cast<double>(right) / static_cast<double>(above); }
  double recall() const { return static_cast<double>(right) / static_cast<double>(wanted); }
};
/// `labels` may be empty: nothing is known to be right, or wanted.
Detections detections(std::span<const float> scores, std::span<const std::uint8_t> labels, double threshold);

}  // namespace isthmus::tool
