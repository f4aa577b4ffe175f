#include "run/finite.hpp"

#include <isthmus/lower/finite.hpp>

#include <algorithm>
#include <cmath>

namespace isthmus::run {

std::optional<SamplePlace> first_not_finite(Samples samples, const plan::InputPort& port) noexcept {
  const int per_sample = port.size;
  const bool in_one_piece = samples.stride == 0 || samples.stride == per_sample;
  const std::int64_t length = in_one_piece ? std::int64_t{samples.count} * per_sample : per_sample;
  const int pieces = in_one_piece ? 1 : samples.count;
  for (int piece = 0; piece < pieces; ++piece) {
    const float* const values = samples.data + piece * samples.stride;
    if (lower::all_finite(values, length)) continue;
    const auto is_wrong = [&](float x) { return std::isinf(x) || (std::isnan(x) && !port.may_miss); };
    const float* const found = std::find_if(values, values + length, is_wrong);
    if (found == values + length) continue;
    const std::int64_t at = found - values;
    return SamplePlace{piece + static_cast<int>(at / per_sample), at % per_sample};
  }
  return std::nullopt;
}

}  // namespace isthmus::run
