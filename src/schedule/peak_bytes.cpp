#include <isthmus/schedule/peak_bytes.hpp>

#include "schedule/index.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace isthmus::schedule {

std::int64_t peak_bytes(const std::vector<Buffer>& buffers, const Prediction& prediction) {
  std::vector<std::pair<double, std::int64_t>>
      changes;  // at a time; what is given back sorts before what is taken
  for (const Buffer& buffer : buffers) {
    if (buffer.tasks.empty()) continue;
    double begin = std::numeric_limits<double>::infinity(), end = 0;
    for (const int t : buffer.tasks) {
      begin = std::min(begin, prediction.begin[index(t)]);
      end = std::max(end, prediction.end[index(t)]);
    }
    if (begin == end) continue;
    changes.emplace_back(begin, buffer.bytes);
    changes.emplace_back(end, -buffer.bytes);
  }
  std::sort(changes.begin(), changes.end());
  std::int64_t taken = 0, most = 0;
  for (const auto& [time, bytes] : changes) most = std::max(most, taken += bytes);
  return most;
}

}  // namespace isthmus::schedule
