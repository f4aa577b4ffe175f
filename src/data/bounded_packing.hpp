// The packing of a block's steps into bytes. Small steps share a byte: only so can an entropy coder that spends
// whole bits on symbols, such as zstd's, use less than one bit for each step.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "bounded_blocks.hpp"

namespace isthmus::data {

/// `count` steps in a byte, each zigzagged one below `base` - 1; a larger one is `base` - 1 and is stored
/// elsewhere.
struct Packing {
  int count = 1;
  std::uint32_t base = 0;
};
inline constexpr std::array<Packing, 3> packings{{{4, 4}, {3, 6}, {2, 16}}};
inline constexpr int most_planes = 4;
/// Layouts 0 … 4 are that many planes of bytes, these are the packings.
inline constexpr int first_packing = most_planes + 1;
inline constexpr int layouts = first_packing + static_cast<int>(packings.size());

constexpr std::size_t packed_size(int packing, int steps) {
  const int count = packings[static_cast<std::size_t>(packing)].count;
  return static_cast<std::size_t>((steps + count - 1) / count);
}

inline void append_leb128(std::string& to, std::uint64_t number) {
  for (; number >= 128; number >>= 7) to += static_cast<char>(number | 128);
  to += static_cast<char>(number);
}

/// The layout of zigzagged steps: a packing if at most one in 20 is too large for it, else planes.
inline int layout_of(const Steps& zigzagged, int count) {
  std::uint32_t all = 0;
  for (int i = 0; i < count; ++i) all |= zigzagged[static_cast<std::size_t>(i)];
  if (all == 0) return 0;
  for (std::size_t packing = 0; packing < packings.size(); ++packing) {
    const std::uint32_t base = packings[packing].base;
    int large = 0;
    for (int i = 0; i < count; ++i) large += zigzagged[static_cast<std::size_t>(i)] >= base - 1;
    if (large * 20 <= count) return first_packing + static_cast<int>(packing);
  }
  return (std::bit_width(all) + 7) / 8;
}

template <int packing>
void pack(const Steps& zigzagged, int count, std::string& packed, std::string& large) {
  constexpr Packing with = packings[packing];
  for (int i = 0; i < count; i += with.count) {
    std::uint32_t byte = 0, unit = 1;
    for (int j = i; j < i + with.count && j < count; ++j, unit *= with.base) {
      const std::uint32_t step = zigzagged[static_cast<std::size_t>(j)];
      if (step >= with.base - 1) append_leb128(large, step);
      byte += unit * (step < with.base - 1 ? step : with.base - 1);
    }
    packed += static_cast<char>(byte);
  }
}

/// `next_large` gives the next step that was too large.
template <int packing, class NextLarge>
void unpack(std::string_view packed, int count, Steps& zigzagged, NextLarge next_large) {
  constexpr Packing with = packings[packing];
  for (int i = 0; i < count; i += with.count) {
    std::uint32_t byte = static_cast<std::uint8_t>(packed[static_cast<std::size_t>(i / with.count)]);
    for (int j = i; j < i + with.count && j < count; ++j, byte /= with.base) {
      const std::uint32_t step = byte % with.base;
      zigzagged[static_cast<std::size_t>(j)] = step < with.base - 1 ? step : next_large();
    }
  }
}

}  // namespace isthmus::data
