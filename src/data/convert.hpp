// From what files store to floats: one conversion, whether the values are held in memory or read from their file.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace isthmus::data {

// A division, not a product with 1/255: it is correctly rounded, as NumPy's is.
inline void fractions_of(const std::uint8_t* from, std::size_t n, float* out) {
  for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<float>(from[i]) / 255.0f;
}

/// Floats that were read as they lie in a big-endian file, into those they stand for, in place.
inline void swap_bytes(float* values, std::size_t n) {
  static_assert(std::endian::native == std::endian::little);
  for (std::size_t i = 0; i < n; ++i)
    values[i] = std::bit_cast<float>(__builtin_bswap32(std::bit_cast<std::uint32_t>(values[i])));
}

}  // namespace isthmus::data
