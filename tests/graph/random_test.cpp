// Philox against the vectors that its authors publish (Random123 1.09, examples/kat_vectors).
#include <isthmus/random.hpp>

#include "support/catch.hpp"

#include <set>

using namespace isthmus;

namespace {

using Words = std::array<std::uint32_t, 4>;
constexpr Words zeros = philox({0, 0, 0, 0}, {0, 0});
constexpr Words ones = philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff});
constexpr Words pi = philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0});
static_assert(zeros == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
static_assert(ones == Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
static_assert(pi == Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});

}  // namespace

TEST_CASE("Philox 4x32-10 gives the published words at run time, too") {
  volatile std::uint32_t zero = 0, digits = 0x243f6a88;
  CHECK(philox({zero, 0, 0, 0}, {0, 0}) == zeros);
  CHECK(philox({digits, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) == pi);
}

TEST_CASE("a word is the block's word, and the key holds the whole seed") {
  const std::uint64_t seed = 0x0123456789abcdefu;
  const Words block = philox({2, 0, 5, 3}, {0x89abcdef, 0x01234567});
  for (std::uint64_t i = 0; i < 4; ++i) CHECK(random_word(seed, Purpose::noise, 5, 8 + i) == block[i]);
  CHECK(random_word(seed, Purpose::noise, 5, std::uint64_t{1} << 40) ==
        philox({0, 1u << 6, 5, 3}, {0x89abcdef, 0x01234567})[0]);
}

TEST_CASE("seeds, purposes, streams and indices do not share words") {
  std::set<std::uint32_t> words;
  for (const std::uint64_t seed : {0u, 1u, 2u})
    for (const Purpose purpose : {Purpose::initial_weights, Purpose::shuffle, Purpose::noise})
      for (std::uint32_t stream = 0; stream < 3; ++stream)
        for (std::uint64_t index = 0; index < 9; ++index) words.insert(random_word(seed, purpose, stream, index));
  CHECK(words.size() == 3 * 3 * 3 * 9);
}

TEST_CASE("uniform numbers lie in [0, 1), with the mean and the spread of a uniform distribution") {
  double sum = 0, squares = 0, low = 1, high = 0;
  constexpr int count = 100000;
  for (std::uint64_t i = 0; i < count; ++i) {
    const double x = double{random_uniform(1, Purpose::example, 0, i)};
    REQUIRE((x >= 0 && x < 1));
    sum += x, squares += x * x;
    low = std::min(low, x), high = std::max(high, x);
  }
  const double mean = sum / count;
  CHECK(mean == Approx(0.5).margin(0.004));  // Four standard errors.
  CHECK(squares / count - mean * mean == Approx(1.0 / 12).margin(0.002));
  CHECK(low < 1e-3);
  CHECK(high > 1 - 1e-3);
  static_assert(random_uniform(1, Purpose::example, 0, 0) < 1.0f);
}
