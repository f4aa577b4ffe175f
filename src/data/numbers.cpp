#include <isthmus/data/numbers.hpp>

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

namespace isthmus::data {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are swapped if they are big-endian");

/// Types of numbers that have no type of C++ that is theirs alone.
struct Half {
  std::uint16_t bits;
};
struct Boolean {
  std::uint8_t bits;
};
struct Pixel {
  std::uint8_t bits;
};

template <std::size_t size>
using Bits = std::conditional_t<
    size == 1, std::uint8_t,
    std::conditional_t<size == 2, std::uint16_t, std::conditional_t<size == 4, std::uint32_t, std::uint64_t>>>;

template <class T>
Bits<sizeof(T)> swapped(Bits<sizeof(T)> bits) {
  if constexpr (sizeof(T) == 2) return __builtin_bswap16(bits);
  else if constexpr (sizeof(T) == 4) return __builtin_bswap32(bits);
  else if constexpr (sizeof(T) == 8) return __builtin_bswap64(bits);
  else return bits;
}

/// The number at `from`, which may be any address.
template <class T, bool swap>
T load(const unsigned char* from) {
  Bits<sizeof(T)> bits;
  std::memcpy(&bits, from, sizeof bits);
  return std::bit_cast<T>(swap ? swapped<T>(bits) : bits);
}

/// Calls `use` with a null pointer to the C++ type that `type` is.
template <class Use>
auto with_type(NumberType type, Use use) {
  const auto of_size = [&]<class T1, class T2, class T4, class T8>(T1* one, T2* two, T4* four, T8* eight) {
    switch (type.size) {
      case 1: return use(one);
      case 2: return use(two);
      case 4: return use(four);
      default: return use(eight);
    }
  };
  switch (type.kind) {
    case NumberKind::boolean: return use(static_cast<Boolean*>(nullptr));
    case NumberKind::pixel: return use(static_cast<Pixel*>(nullptr));
    case NumberKind::natural:
      return of_size(static_cast<std::uint8_t*>(nullptr), static_cast<std::uint16_t*>(nullptr),
                     static_cast<std::uint32_t*>(nullptr), static_cast<std::uint64_t*>(nullptr));
    case NumberKind::integer:
      return of_size(static_cast<std::int8_t*>(nullptr), static_cast<std::int16_t*>(nullptr),
                     static_cast<std::int32_t*>(nullptr), static_cast<std::int64_t*>(nullptr));
    default:
      return of_size(static_cast<Half*>(nullptr), static_cast<Half*>(nullptr), static_cast<float*>(nullptr),
                     static_cast<double*>(nullptr));
  }
}

template <class T>
float to_float(T number) {
  return static_cast<float>(number);
}
float to_float(Half number) { return from_half(number.bits); }
float to_float(Boolean number) { return number.bits == 0 ? 0.0f : 1.0f; }
// A division, not a product with 1/255: it is correctly rounded, as NumPy's is.
float to_float(Pixel number) { return static_cast<float>(number.bits) / 255.0f; }

bool is_beyond_floats(double number) {
  return std::fabs(number) > static_cast<double>(std::numeric_limits<float>::max()) && std::isfinite(number);
}

template <class T, bool swap>
std::size_t convert(const unsigned char* from, std::size_t n, float* out) {
  bool beyond = false;
  for (std::size_t i = 0; i < n; ++i) {
    const T number = load<T, swap>(from + i * sizeof(T));
    if constexpr (std::is_same_v<T, double>) beyond |= is_beyond_floats(number);
    out[i] = to_float(number);
  }
  if constexpr (std::is_same_v<T, double>) {
    std::size_t i = 0;
    while (beyond && !is_beyond_floats(load<T, swap>(from + i * sizeof(T)))) ++i;
    if (beyond) return i;
  }
  return n;
}

template <class T>
T load(NumberType type, const unsigned char* from) {
  return type.big_endian ? load<T, true>(from) : load<T, false>(from);
}

}  // namespace

float from_half(std::uint16_t bits) {
  const std::uint32_t size = bits & 0x7fffu, exponent = size >> 10;
  float number = 0;
  if (exponent == 0x1f) {
    number = std::bit_cast<float>(0x7f800000u | size << 13);
  } else if (exponent == 0) {
    // (1 + fraction) · 2^-14 - 2^-14: no denormal float, which a processor may have been told to take for 0.
    number = std::bit_cast<float>(0x38800000u + (size << 13)) - 0x1p-14f;
  } else {
    number = std::bit_cast<float>((size << 13) + (112u << 23));
  }
  return (bits & 0x8000u) != 0 ? -number : number;
}

std::size_t to_floats(NumberType type, const unsigned char* from, std::size_t n, float* out) {
  return with_type(type, [&]<class T>(T*) {
    return type.big_endian ? convert<T, true>(from, n, out) : convert<T, false>(from, n, out);
  });
}

std::string number_text(NumberType type, const unsigned char* from) {
  return with_type(type, [&]<class T>(T*) {
    const T number = load<T>(type, from);
    if constexpr (std::is_arithmetic_v<T>) return fmt::format("{}", number);
    else return fmt::format("{}", to_float(number));
  });
}

std::optional<std::uint8_t> label_of(NumberType type, const unsigned char* from) {
  return with_type(type, [&]<class T>(T*) -> std::optional<std::uint8_t> {
    const T number = load<T>(type, from);
    if constexpr (std::is_same_v<T, Boolean>) {
      return number.bits == 0 ? std::uint8_t{0} : std::uint8_t{1};
    } else if constexpr (std::is_integral_v<T>) {
      if (std::in_range<std::uint8_t>(number)) return static_cast<std::uint8_t>(number);
    }
    return std::nullopt;
  });
}

}  // namespace isthmus::data
