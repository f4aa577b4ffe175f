// Counter-based random numbers: a pure function of (seed, purpose, index). Nothing here has state, so any
// number can be drawn by any thread, in any order, again after a restart, and is the same.
//
// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011), section 3.3:
// Philox4x32 with ten rounds.
#pragma once

#include <array>
#include <cstdint>

namespace isthmus {

/// The purpose of a random number. Two purposes never share a stream.
enum class Purpose : std::uint32_t {
  initial_weights = 1,
  shuffle = 2,
  noise = 3,
  example = 4,
  code = 5,
  probe = 6
};

namespace detail {

struct Product {
  std::uint32_t high, low;
};

constexpr Product multiply(std::uint32_t a, std::uint32_t b) {
  const std::uint64_t product = std::uint64_t{a} * b;
  return {static_cast<std::uint32_t>(product >> 32), static_cast<std::uint32_t>(product)};
}

}  // namespace detail

/// Four 32-bit words, uniform, from a 128-bit counter and a 64-bit key.
constexpr std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                              std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const auto a = detail::multiply(0xD2511F53u, counter[0]);
    const auto b = detail::multiply(0xCD9E8D57u, counter[2]);
    counter = {b.high ^ counter[1] ^ key[0], b.low, a.high ^ counter[3] ^ key[1], a.low};
    key[0] += 0x9E3779B9u;
    key[1] += 0xBB67AE85u;
  }
  return counter;
}

/// One 32-bit word for (seed, purpose, stream, index). `stream` separates uses of one purpose: a parameter's
/// number, an epoch.
constexpr std::uint32_t random_word(std::uint64_t seed, Purpose purpose, std::uint32_t stream,
                                    std::uint64_t index) {
  const std::uint64_t block = index / 4;
  const auto words = philox({static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32), stream,
                             static_cast<std::uint32_t>(purpose)},
                            {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
  return words[index % 4];
}

/// Uniform in [0, 1): the upper 24 bits, so that every value is an exact float.
constexpr float random_uniform(std::uint64_t seed, Purpose purpose, std::uint32_t stream, std::uint64_t index) {
  return static_cast<float>(random_word(seed, purpose, stream, index) >> 8) * 0x1p-24f;
}

}  // namespace isthmus
