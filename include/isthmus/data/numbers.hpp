// Numbers as files store them: of any usual type, which all become floats in one way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace isthmus::data {

/// The kind of a number in a file.
enum class NumberKind : std::uint8_t {
  boolean,   ///< 1 unless all bits are 0
  natural,   ///< an unsigned integer
  integer,   ///< a signed one, as two's complement
  floating,  ///< IEEE 754-2019: binary16, binary32 or binary64
  pixel      ///< an unsigned byte that stands for byte / 255
};

/// The binary format of one number in a file.
struct NumberType {
  NumberKind kind = NumberKind::floating;
  std::uint8_t size = 4;  ///< bytes: 1, 2, 4 or 8; 1 for booleans and pixels, 2 to 8 for floating
  bool big_endian = false;

  friend bool operator==(const NumberType&, const NumberType&) = default;
};

/// The interpretation of unsigned bytes: as pixels of images, which are read as byte / 255, so in [0, 1], or as
/// numbers, which are read as they are, like numbers of every other type.
enum class BytesAre : std::uint8_t { pixels, numbers };

/// The type that numbers of `type` are read as.
constexpr NumberType read_as(NumberType type, BytesAre bytes) {
  const bool is_byte = type.kind == NumberKind::natural && type.size == 1;
  return is_byte && bytes == BytesAre::pixels ? NumberType{NumberKind::pixel, 1, false} : type;
}

/// Writes `n` numbers, that lie one after the other in `from`, as floats: each is rounded to the nearest one.
/// Returns how many came before the first double that is finite and beyond the range of floats: `n` if there is
/// none.
std::size_t to_floats(NumberType type, const unsigned char* from, std::size_t n, float* out);

/// The number at `from` as messages show it.
std::string number_text(NumberType type, const unsigned char* from);

/// The number at `from` if it is an integer (or a boolean) from 0 to 255.
std::optional<std::uint8_t> label_of(NumberType type, const unsigned char* from);

/// A number of binary16, from its bits.
float from_half(std::uint16_t bits);

}  // namespace isthmus::data
