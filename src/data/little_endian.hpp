// Numbers of headers, least significant byte first.
#pragma once

#include <bit>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace isthmus::data {

/// The number of type T at byte `at`, where there must be one.
template <class T>
T little_endian(std::string_view bytes, std::size_t at) {
  static_assert(std::endian::native == std::endian::little);
  T number;
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

}  // namespace isthmus::data
