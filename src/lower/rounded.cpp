#include "lower/rounded.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace isthmus::lower {
namespace {

constexpr int width = plan::panel_width;

float weight(const View& from, int row, int column) {
  return from.data[row * from.row_stride + column / width * from.panel_stride + column % width];
}

/// Calls put(place, row, column) for every place of the panels of so many rows, panel by panel; `column` is -1 beyond
/// the last one.
template <class Put>
void for_places(int rows, int columns, const Put& put) {
  std::int64_t place = 0;
  for (int p = 0; p < plan::panels_of(columns); ++p)
    for (int r = 0; r < rows; ++r)
      for (int c = p * width; c < (p + 1) * width; ++c) put(place++, r, c < columns ? c : -1);
}

/// To the nearest, ties to even.
std::uint32_t upper_half(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

}  // namespace

std::int64_t bf16_bytes(int rows, int columns) {
  return 4 * std::int64_t{plan::panels_of(columns)} * ((rows + 1) / 2) * width;
}

void pack_bf16(const View& from, int rows, int columns, void* to) {
  auto* const out = static_cast<std::uint32_t*>(to);
  for_places((rows + 1) / 2, columns, [&](std::int64_t place, int pair, int c) {
    const auto half = [&](int r) { return c < 0 || r >= rows ? 0 : upper_half(weight(from, r, c)); };
    out[place] = half(2 * pair) | half(2 * pair + 1) << 16;
  });
}

std::int64_t int8_bytes(int rows, int columns) {
  return std::int64_t{plan::panels_of(columns)} * width * (4 + rows);
}
void pack_int8(const View& from, int rows, int columns, void* to) {
  auto* const steps = static_cast<float*>(to);
  const int padded = plan::panels_of(columns) * width;
  for (int c = 0; c < padded; ++c) {
    float most = 0;
    for (int r = 0; c < columns && r < rows; ++r) most = std::max(most, std::abs(weight(from, r, c)));
    steps[c] = most / 127;
  }
  auto* const out = reinterpret_cast<std::int8_t*>(steps + padded);
  for_places(rows, columns, [&](std::int64_t place, int r, int c) {
    const float number = c < 0 || steps[c] == 0 ? 0 : weight(from, r, c) / steps[c];
    out[place] = static_cast<std::int8_t>(std::lrint(std::clamp(number, -127.0f, 127.0f)));
  });
}

}  // namespace isthmus::lower
