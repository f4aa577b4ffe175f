// Room for names in files of NetCDF's classic formats.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace isthmus::interchange {

/// A buffer for any name in a file of that size: the library copies as many bytes as the file says, also beyond
/// NC_MAX_NAME.
inline std::unique_ptr<char[]> room_for_name(std::uint64_t file_size) {
  constexpr std::uint64_t longest = std::uint64_t{16} << 20;
  return std::make_unique_for_overwrite<char[]>(static_cast<std::size_t>(std::min(file_size, longest)) + 1);
}

}  // namespace isthmus::interchange
