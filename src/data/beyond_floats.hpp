// The error of a double that no float holds.
#pragma once

#include <isthmus/data/numbers.hpp>
#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <string>

namespace isthmus::data {

/// `number` lies at byte `at` of the file `name`.
inline FileError beyond_floats(const std::string& name, std::uint64_t at, NumberType type,
                               const unsigned char* number) {
  return FileError(name, fmt::format("byte {}", at), "numbers that a float holds, up to 3.4e38 in size",
                   number_text(type, number));
}

}  // namespace isthmus::data
