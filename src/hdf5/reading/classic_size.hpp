// The least size of a file in one of NetCDF's classic formats.
#pragma once

#include <cstdint>
#include <optional>

namespace isthmus::interchange {

/// The least bytes that the header of the open file `id`, of `file_size` bytes, and all of its values take.
/// Nothing if they are 2^64 or more, or if the library NetCDF cannot say what is in the file. Source: "NetCDF
/// Users Guide", appendix B, "File Format Specifications".
std::optional<std::uint64_t> least_size(int id, std::uint64_t file_size);

}  // namespace isthmus::interchange
