#include "workspace.hpp"

#include <algorithm>

namespace isthmus::interchange {

std::vector<std::int64_t> place_in_workspace(const std::vector<Lifetime>& values, std::int64_t& size) {
  std::vector<std::int64_t> offsets(values.size(), 0);
  size = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    // Earlier ones that live at the same time, by offset.
    std::vector<std::size_t> others;
    for (std::size_t other = 0; other < i; ++other)
      if (values[other].last >= values[i].first && values[other].first <= values[i].last) others.push_back(other);
    std::sort(others.begin(), others.end(), [&](std::size_t a, std::size_t b) { return offsets[a] < offsets[b]; });
    std::int64_t at = 0;
    for (const std::size_t other : others) {
      if (at + values[i].size <= offsets[other]) break;
      at = std::max(at, offsets[other] + values[other].size);
    }
    offsets[i] = at;
    size = std::max(size, at + values[i].size);
  }
  return offsets;
}

}  // namespace isthmus::interchange
