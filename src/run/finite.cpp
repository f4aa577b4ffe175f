#include "run/finite.hpp"

#include <isthmus/lower/finite.hpp>

#include <algorithm>
#include <cmath>

namespace isthmus::run {

namespace {

bool is_wrong(float x, const plan::InputPort& port) {
  if (port.classes > 0) return !(x >= 0 && x < static_cast<float>(port.classes)) || std::floor(x) != x;
  return std::isinf(x) || (std::isnan(x) && !port.may_miss);
}

/// Whether no value has to be looked at by itself.
bool are_right(const float* values, std::int64_t count, const plan::InputPort& port) {
  return port.classes == 0 && lower::all_finite(values, count);
}

}  // namespace

std::optional<SamplePlace> first_wrong(Samples samples, const plan::InputPort& port) noexcept {
  const int per_sample = port.size;
  const bool in_one_piece = samples.stride == 0 || samples.stride == per_sample;
  const std::int64_t length = in_one_piece ? std::int64_t{samples.count} * per_sample : per_sample;
  const int pieces = in_one_piece ? 1 : samples.count;
  for (int piece = 0; piece < pieces; ++piece) {
    const float* const values = samples.data + piece * samples.stride;
    if (are_right(values, length, port)) continue;
    const float* const found = std::find_if(values, values + length, [&](float x) { return is_wrong(x, port); });
    if (found == values + length) continue;
    const std::int64_t at = found - values;
    return SamplePlace{piece + static_cast<int>(at / per_sample), at % per_sample};
  }
  return std::nullopt;
}

}  // namespace isthmus::run
