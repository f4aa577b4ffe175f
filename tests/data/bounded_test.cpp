#include <isthmus/data/bounded.hpp>
#include <isthmus/error.hpp>

#include <rapidcheck.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "data/temporary_folder.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::data;

namespace {

using Floats = std::vector<float>;
constexpr float largest = std::numeric_limits<float>::max();
constexpr float infinity = std::numeric_limits<float>::infinity();

/// Any float: all bit patterns are equally likely, so every exponent, denormals, NaN with any payload.
float any_float() { return std::bit_cast<float>(*rc::gen::arbitrary<std::uint32_t>()); }

/// A number in [-1, 1) that depends on the place alone.
float noise(std::size_t at, std::uint32_t seed) {
  const std::uint32_t bits = (static_cast<std::uint32_t>(at) * 2654435761u) ^ (seed * 40503u);
  return static_cast<float>((bits * 2246822519u) >> 8) * 0x1p-23f - 1.0f;
}

/// The kinds of fields; sizes are not multiples of a block's.
enum class Kind { smooth, noisy, constant, masked, adversarial, zeros_and_denormals, stripes_of_infinity };
constexpr int kinds = 7;

Floats field_of(Kind kind, std::size_t size, std::size_t width, std::uint32_t seed) {
  Floats field(size);
  const float scale = std::ldexp(1.0f, static_cast<int>(seed % 200) - 100);
  for (std::size_t i = 0; i < size; ++i) {
    const float x = static_cast<float>(i % width), y = static_cast<float>(i) / static_cast<float>(width);
    const float wave = std::sin(0.05f * x + static_cast<float>(seed % 7)) * std::cos(0.07f * y);
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(noise(i, seed)) * 747796405u;
    switch (kind) {
      case Kind::smooth: field[i] = scale * wave; break;
      case Kind::noisy: field[i] = scale * noise(i, seed); break;
      case Kind::constant: field[i] = scale; break;
      case Kind::masked:
        field[i] = noise(i / 5, seed) > 0 ? std::bit_cast<float>(0x7fc00000u + seed % 99) : scale * wave;
        break;
      case Kind::adversarial: field[i] = std::bit_cast<float>(bits); break;
      case Kind::zeros_and_denormals:
        field[i] = bits % 3 == 0 ? -0.0f : bits % 3 == 1 ? 0.0f : std::bit_cast<float>(bits % 99);
        break;
      case Kind::stripes_of_infinity: field[i] = i % 11 == 0 ? infinity : i % 13 == 0 ? -infinity : wave; break;
    }
  }
  return field;
}

/// A decoder's guess: the field with errors of all sizes, or something that has nothing to do with it.
Floats guess_of(const Floats& field, int kind, std::uint32_t seed) {
  Floats guess(field.size());
  for (std::size_t i = 0; i < field.size(); ++i) {
    switch (kind) {
      case 0: guess[i] = field[i]; break;
      case 1: guess[i] = field[i] * (1 + 0.01f * noise(i, seed)); break;
      case 2: guess[i] = 0; break;
      case 3: guess[i] = std::numeric_limits<float>::quiet_NaN(); break;
      case 4: guess[i] = i % 2 == 0 ? largest : -largest; break;
      default: guess[i] = std::bit_cast<float>(std::bit_cast<std::uint32_t>(noise(i, seed)) * 2891336453u); break;
    }
  }
  return guess;
}

/// The first place where `y` breaks the promise, or -1. In long double with its 64 bits, and as programs would
/// ask, in float and double.
std::ptrdiff_t broken_at(std::span<const float> x, std::span<const float> y, float epsilon) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    const bool kept =
        std::isfinite(x[i])
            ? std::fabs(static_cast<long double>(x[i]) - static_cast<long double>(y[i])) <= epsilon &&
                  std::fabs(x[i] - y[i]) <= epsilon &&
                  std::fabs(static_cast<double>(x[i]) - static_cast<double>(y[i])) <= epsilon
            : std::bit_cast<std::uint32_t>(x[i]) == std::bit_cast<std::uint32_t>(y[i]);
    if (!kept) return static_cast<std::ptrdiff_t>(i);
  }
  return -1;
}

std::string complaint(const std::string& bytes, const Floats& guess, const char* maker = "AVX2") {
  return message_of<FileError>([&] { decode_bounded(bytes, guess, maker, "x.h5: /residual"); });
}

}  // namespace

TEST_CASE("every finite point is within the bound, and what is not finite comes back bit for bit") {
  const bool holds = rc::check([] {
    const auto width = *rc::gen::inRange<std::size_t>(1, 150);
    const std::size_t size = width * *rc::gen::inRange<std::size_t>(0, 150);
    const auto seed = *rc::gen::arbitrary<std::uint32_t>();
    const auto kind = static_cast<Kind>(*rc::gen::inRange(0, kinds));
    const Floats field = field_of(kind, size, width, seed);
    const Floats guess = guess_of(field, *rc::gen::inRange(0, 6), seed);
    // Bounds of every exponent, from one below all denormals' steps to one that nothing exceeds.
    const float epsilon = std::ldexp(1.0f + std::fabs(noise(seed, 1)), *rc::gen::inRange(-149, 127));
    const std::string bytes = encode_bounded(field, static_cast<std::int64_t>(width), guess, epsilon, "AVX2");
    RC_ASSERT(broken_at(field, decode_bounded(bytes, guess, "AVX2"), epsilon) == -1);
    // Where nothing can be saved, little is added.
    RC_ASSERT(bytes.size() <= size * 9 / 2 + 200);
  });
  CHECK(holds);
}

TEST_CASE("the bound is kept whatever bits field and guess have") {
  const bool holds = rc::check([] {
    const auto size = *rc::gen::inRange<std::size_t>(0, 40);
    Floats field(size), guess(size);
    for (float& x : field) x = any_float();
    // Beside each other, so that differences round and cancel.
    for (std::size_t i = 0; i < size; ++i)
      guess[i] = *rc::gen::arbitrary<bool>() ? any_float() : std::nextafter(field[i], any_float());
    const float epsilon = std::bit_cast<float>(*rc::gen::inRange<std::uint32_t>(1, 0x7f7fffff));
    const std::string bytes = encode_bounded(field, 1, guess, epsilon);
    RC_ASSERT(broken_at(field, decode_bounded(bytes, guess), epsilon) == -1);
  });
  CHECK(holds);
}

TEST_CASE("differences that round to the bound are not taken for it") {
  // The exact distance of 1 and -2^-30 is above 1, and rounds to 1 in float.
  const Floats field{1.0f, 3.0f, 0.0f}, guess{-0x1p-30f, 2.0f, 1.0f};
  const Floats restored = decode_bounded(encode_bounded(field, 3, guess, 1.0f), guess);
  CHECK(broken_at(field, restored, 1.0f) == -1);
  const Floats tiny{1.0f}, off{-1e-30f};
  CHECK(broken_at(tiny, decode_bounded(encode_bounded(tiny, 1, off, 1.0f), off), 1.0f) == -1);
}

TEST_CASE("a good guess saves most bytes, and a bad one costs none beside no guess") {
  const std::size_t width = 200;
  const Floats field = field_of(Kind::smooth, width * 130, width, 100);
  Floats close(field), none(field.size(), 0.0f), garbage(guess_of(field, 5, 1));
  for (std::size_t i = 0; i < close.size(); ++i) close[i] += 0.0009f * noise(i, 3);
  const auto size_with = [&](const Floats& guess) { return encode_bounded(field, 200, guess, 1e-3f).size(); };
  CHECK(size_with(close) * 1000 < field.size() * sizeof(float));
  CHECK(size_with(none) * 10 < field.size() * sizeof(float));
  CHECK(size_with(garbage) <= size_with(none));
}

TEST_CASE("constant fields and masks of NaN take next to nothing") {
  const Floats constant(100 * 100, 3.25f), zeros(constant.size(), 0.0f);
  CHECK(encode_bounded(constant, 100, zeros, 1e-6f).size() < 200);
  Floats masked = constant;
  for (std::size_t i = 0; i < masked.size(); ++i)
    if (i % 100 < 40) masked[i] = std::numeric_limits<float>::quiet_NaN();
  const std::string bytes = encode_bounded(masked, 100, zeros, 1e-6f);
  CHECK(describe_bounded(bytes).exact == 4000);
  CHECK(bytes.size() < 1000);
}

TEST_CASE("a string of a field within a bound says what it is") {
  const Floats field{1, 2, 3, 4, infinity, 6}, guess(6, 1.0f);
  const std::string bytes = encode_bounded(field, 3, guess, 0.25f, "AVX3");
  const BoundedInfo info = describe_bounded(bytes);
  CHECK(info.values == 6);
  CHECK(info.width == 3);
  CHECK(info.epsilon == 0.25f);
  CHECK(info.exact == 1);
  CHECK(info.maker == "AVX3");
  const Floats other(6, 1.5f);
  CHECK(describe_bounded(encode_bounded(field, 3, other, 0.25f)).guess_checksum != info.guess_checksum);
}

TEST_CASE("a field within a bound that cannot be stored is refused") {
  const Floats field(6), guess(6);
  for (const float epsilon : {0.0f, -1.0f, infinity, std::numeric_limits<float>::quiet_NaN()})
    CHECK_THROWS_AS(encode_bounded(field, 3, guess, epsilon), NumberError);
  CHECK_THROWS_AS(encode_bounded(field, 4, guess, 1.0f), ShapeError);
  CHECK_THROWS_AS(encode_bounded(field, 0, guess, 1.0f), ShapeError);
  CHECK_THROWS_AS(encode_bounded(field, 3, Floats(5), 1.0f), ShapeError);
  CHECK_THROWS_AS(encode_bounded(field, 3, guess, 1.0f, std::string(256, 'x')), ShapeError);
}

TEST_CASE("a guess with other bits is refused, and both makers are named") {
  const Floats field{1, 2, 3, 4, 5, 6}, guess(6, 0.1f);
  const std::string bytes = encode_bounded(field, 3, guess, 0.25f, "AVX3");
  Floats other = guess;
  other[4] = std::nextafter(other[4], 1.0f);
  CHECK(
      complaint(bytes, other) ==
      "x.h5: /residual: checksum of the guess: expected the bits that \"AVX3\" made when this was written, found "
      "others, made by \"AVX2\"");
  CHECK(complaint(bytes, Floats(5, 0.1f)) == "x.h5: /residual: values: expected 5, as the guess has, found 6");
}

TEST_CASE("whatever is cut off, added or changed is found") {
  const bool holds = rc::check([] {
    const auto seed = *rc::gen::arbitrary<std::uint32_t>();
    const auto kind = static_cast<Kind>(*rc::gen::inRange(0, kinds));
    const Floats field = field_of(kind, 700, 70, seed);
    const Floats guess = guess_of(field, *rc::gen::inRange(0, 6), seed);
    const std::string bytes = encode_bounded(field, 70, guess, 1e-3f, "AVX2");
    RC_ASSERT(complaint(bytes, guess).empty());
    std::string damaged = bytes;
    switch (*rc::gen::inRange(0, 3)) {
      case 0: damaged.resize(*rc::gen::inRange<std::size_t>(0, bytes.size())); break;
      case 1: damaged += static_cast<char>(*rc::gen::inRange(0, 256)); break;
      default:
        damaged[*rc::gen::inRange<std::size_t>(0, bytes.size())] ^= static_cast<char>(*rc::gen::inRange(1, 256));
    }
    const std::string said = complaint(damaged, guess);
    RC_ASSERT(said.starts_with("x.h5: /residual: "));
    RC_ASSERT(said.find('\n') == std::string::npos);
  });
  CHECK(holds);
}

TEST_CASE("what is forged, checksum and all, is refused or decoded, and never read beyond its end") {
  int refused = 0;
  const bool holds = rc::check([&] {
    const auto seed = *rc::gen::arbitrary<std::uint32_t>();
    const auto kind = static_cast<Kind>(*rc::gen::inRange(0, kinds));
    const Floats field = field_of(kind, 700, 70, seed);
    const Floats guess = guess_of(field, *rc::gen::inRange(0, 6), seed);
    std::string bytes = encode_bounded(field, 70, guess, 1e-3f, "AVX2");
    const std::size_t end = bytes.size() - sizeof(std::uint64_t);
    for (int changes = *rc::gen::inRange(1, 4); changes > 0; --changes)
      bytes[*rc::gen::inRange<std::size_t>(0, end)] ^= static_cast<char>(*rc::gen::inRange(1, 256));
    const std::uint64_t checksum = XXH3_64bits(bytes.data(), end);
    std::memcpy(bytes.data() + end, &checksum, sizeof checksum);
    try {
      RC_ASSERT(decode_bounded(bytes, guess, "AVX2").size() == guess.size());
    } catch (const FileError&) {
      ++refused;
    }
  });
  CHECK(holds);
  CHECK(refused > 0);
}

TEST_CASE("what is no field within a bound is named") {
  const Floats guess(4);
  CHECK(complaint("", guess) == "x.h5: /residual: length: expected at least 72 bytes, found 0");
  CHECK(complaint(std::string(100, 'x'), guess) ==
        "x.h5: /residual: magic: expected \"isthmusB\", found something else");
  std::string later = encode_bounded(Floats(4), 2, guess, 1.0f);
  later[8] = 2;
  CHECK(complaint(later, guess) == "x.h5: /residual: version: expected 1, found 2");
  later[8] = 1;
  later.back() ^= 1;
  CHECK(complaint(later, guess) ==
        "x.h5: /residual: checksum: expected that of the bytes before it, found another: damaged or cut short");
}
