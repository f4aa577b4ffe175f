// Arithmetic on shapes that come from files and so may say anything.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "joined.hpp"

namespace isthmus::data {

/// The number of values in `shape`; nothing if a dimension is negative or the product exceeds 63 bits.
inline std::optional<std::uint64_t> value_count(std::span<const std::int64_t> shape) {
  std::int64_t count = 1;
  bool overflow = false;
  bool empty = false;
  for (const std::int64_t dimension : shape) {
    if (dimension < 0) return std::nullopt;
    empty = empty || dimension == 0;
    overflow = overflow || __builtin_mul_overflow(count, dimension, &count);
  }
  if (empty) return 0;
  if (overflow) return std::nullopt;
  return static_cast<std::uint64_t>(count);
}

/// The dimensions with `separator` between them.
inline std::string dimensions_text(std::span<const std::int64_t> shape, std::string_view separator) {
  return joined(shape, separator, [](std::int64_t dimension) { return std::to_string(dimension); });
}

/// The shape as messages show it: [60000, 28, 28].
inline std::string shape_text(std::span<const std::int64_t> shape) {
  return fmt::format("[{}]", dimensions_text(shape, ", "));
}

}  // namespace isthmus::data
