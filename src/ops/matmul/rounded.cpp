#include "ops/matmul/rounded.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace isthmus::lower {
namespace {

constexpr int width = plan::panel_width;

float weight(const View& from, int row, int column) {
  return from.data[row * from.row_stride + column / width * from.panel_stride + column % width];
}

/// Calls put(place, row, column) for every place of the panels of so many rows, panel by panel; `column` is -1
/// beyond the last one.
template <class Put>
void for_places(int rows, int columns, const Put& put) {
  std::int64_t place = 0;
  for (int p = 0; p < plan::panels_of(columns); ++p)
    for (int r = 0; r < rows; ++r)
      for (int c = p * width; c < (p + 1) * width; ++c) put(place++, r, c < columns ? c : -1);
}

/// The sizes of the steps of all columns, those beyond the last one included.
void find_steps(const View& from, int rows, int columns, float* steps) {
  for (int c = 0; c < plan::panels_of(columns) * width; ++c) {
    float most = 0;
    for (int r = 0; c < columns && r < rows; ++r) most = std::max(most, std::abs(weight(from, r, c)));
    steps[c] = most / int8_most;
  }
}

/// A weight in steps of its column; 0 beyond the last one.
std::int8_t in_steps(const View& from, int row, int column, const float* steps) {
  if (column < 0 || steps[column] == 0) return 0;
  const float number = weight(from, row, column) / steps[column];
  return static_cast<std::int8_t>(std::lrint(std::clamp(number, -int8_most, int8_most)));
}

/// The upper half of a float, rounded to the nearest, ties to even.
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
  find_steps(from, rows, columns, steps);
  auto* const out = reinterpret_cast<std::int8_t*>(steps + plan::panels_of(columns) * width);
  for_places(rows, columns, [&](std::int64_t place, int r, int c) { out[place] = in_steps(from, r, c, steps); });
}

std::int64_t int8_words_bytes(int rows, int columns) {
  return std::int64_t{plan::panels_of(columns)} * width * 4 * (2 + (rows + 3) / 4);
}
Int8Words int8_words_at(const void* packed, int rows, int columns) {
  const int padded = plan::panels_of(columns) * width;
  Int8Words at;
  at.steps = static_cast<const float*>(packed);
  at.starts = reinterpret_cast<const std::int32_t*>(at.steps + padded);
  at.words = reinterpret_cast<const std::uint32_t*>(at.starts + padded);
  at.panel_words = std::int64_t{(rows + 3) / 4} * width;
  return at;
}
void pack_int8_words(const View& from, int rows, int columns, void* to) {
  const int padded = plan::panels_of(columns) * width;
  auto* const steps = static_cast<float*>(to);
  auto* const starts = reinterpret_cast<std::int32_t*>(steps + padded);
  auto* const words = reinterpret_cast<std::uint32_t*>(starts + padded);
  find_steps(from, rows, columns, steps);
  std::fill_n(starts, padded, 0);
  for_places((rows + 3) / 4, columns, [&](std::int64_t place, int four, int c) {
    std::uint32_t word = 0;
    for (int i = 0; i < 4; ++i) {
      const int r = 4 * four + i;
      const std::int8_t number = r < rows ? in_steps(from, r, c, steps) : std::int8_t{0};
      word |= std::uint32_t{static_cast<std::uint8_t>(number)} << 8 * i;
      if (c >= 0) starts[c] -= 128 * number;
    }
    words[place] = word;
  });
}

}  // namespace isthmus::lower
