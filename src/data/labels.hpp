// Labels in files: integers of any type.
#pragma once

#include <isthmus/data/input_file.hpp>
#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <vector>

namespace isthmus::data {

/// Reads `count` integers, after which the file must end. Throws FileError, with the position of one that is not
/// from 0 to 255.
inline std::vector<std::uint8_t> read_labels(InputFile& file, std::uint64_t count, NumberType type) {
  std::uint64_t position = 0;
  const auto take = [&](const unsigned char* from, std::size_t n, std::uint8_t* to) {
    for (const unsigned char* const end = from + n * type.size; from != end; from += type.size, ++position) {
      const auto label = label_of(type, from);
      if (!label)
        throw FileError(file.name(), fmt::format("position {}", position), "a label from 0 to 255",
                        number_text(type, from));
      *to++ = *label;
    }
  };
  return file.read_rest<std::uint8_t>(count, type.size, take);
}

}  // namespace isthmus::data
