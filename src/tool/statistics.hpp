// Statistics of measured times.
#pragma once

#include <algorithm>
#include <vector>

namespace isthmus::tool {

/// The upper one of two in the middle. There must be one value at least.
inline double median(std::vector<double> list) {
  const auto middle = list.begin() + static_cast<std::ptrdiff_t>(list.size() / 2);
  std::nth_element(list.begin(), middle, list.end());
  return *middle;
}

}  // namespace isthmus::tool
