// Lists in messages and headers. fmt::join would do, but GCC 12 at -O3 warns of overflows inside fmt 9's.
#pragma once

#include <string>
#include <string_view>

namespace isthmus::data {

/// The texts of the items, `text(item)` each, with `separator` between them.
template <class Items, class Text>
std::string joined(const Items& items, std::string_view separator, const Text& text) {
  std::string all;
  bool first = true;
  for (const auto& item : items) {
    if (!first) all += separator;
    all += text(item);
    first = false;
  }
  return all;
}

/// Bytes as two hexadecimal digits each: 1f 8b.
template <class Bytes>
std::string hex_text(const Bytes& bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  return joined(bytes, " ", [&](unsigned char byte) { return std::string{digits[byte / 16], digits[byte % 16]}; });
}

}  // namespace isthmus::data
