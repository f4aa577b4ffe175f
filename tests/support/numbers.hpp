// Numbers for tests: random ones that are the same in every run, and measures of error.
#pragma once

#include <isthmus/random.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace isthmus::testing {

/// Uniform in [low, high).
inline double uniform(std::uint32_t stream, std::uint64_t index, double low, double high) {
  return low + (high - low) * double{random_uniform(7, Purpose::example, stream, index)};
}

inline std::vector<float> floats(std::size_t count, std::uint32_t stream, double low, double high) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(uniform(stream, i, low, high));
  return values;
}

/// |found - expected| relative to the larger of |expected| and `floor`.
inline double relative_error(double found, double expected, double floor = 1e-30) {
  if (found == expected) return 0;
  const double error = std::fabs(found - expected) / std::max(std::fabs(expected), floor);
  return std::isnan(error) ? 1e300 : error;
}

/// The largest of them.
template <class Found, class Expected>
double largest_error(const Found& found, const Expected& expected, double floor = 1e-30) {
  if (found.size() != expected.size()) return 1e300;
  double worst = 0;
  for (std::size_t i = 0; i < found.size(); ++i)
    worst =
        std::max(worst, relative_error(static_cast<double>(found[i]), static_cast<double>(expected[i]), floor));
  return worst;
}

}  // namespace isthmus::testing
