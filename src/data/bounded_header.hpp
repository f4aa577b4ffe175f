// The file format of a field that is stored within an error bound.
//
// The string: a header of fixed size, the maker, zstd frames, and the XXH3 of all before, numbers little-endian.
//   magic "isthmusB" · u32 version · u32 bytes of the maker · u64 values · u64 width · u64 exact values ·
//   u64 XXH3 of the guess · u64 bytes of the frames' content · f32 epsilon · u32 zero
// The content, each section a frame of its own, as each has its own statistics:
//   - a byte for each block: prediction + 8 · (number of planes, or first_packing and a packing);
//   - for each packing the packed steps of its blocks, zigzagged;
//   - the other blocks' steps, zigzagged, as planes of bytes, all lowest bytes first, a block having as many
//   planes as
//     its largest step needs;
//   - how far each exact value is from the one before, as LEB128, and their bits as four planes;
//   - the steps that are too large for their block's packing, zigzagged, as LEB128.
#pragma once

#include <isthmus/data/bounded.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace isthmus::data {

inline constexpr std::string_view bounded_magic = "isthmusB";
inline constexpr std::uint32_t bounded_version = 1;

struct BoundedHeader {
  char magic[8] = {};
  std::uint32_t version = 0;
  std::uint32_t maker_size = 0;
  std::uint64_t values = 0;
  std::uint64_t width = 0;
  std::uint64_t exact = 0;
  std::uint64_t guess_checksum = 0;
  std::uint64_t content = 0;
  float epsilon = 0;
  std::uint32_t zero = 0;
};
static_assert(sizeof(BoundedHeader) == 64);

std::uint64_t checksum_of(const void* bytes, std::size_t size);
inline std::uint64_t checksum_of(std::span<const float> values) {
  return checksum_of(values.data(), values.size_bytes());
}
bool is_valid_bound(float epsilon);

struct ParsedBounded {
  BoundedHeader header;
  std::string_view maker, frames;
};

/// The header of a string whose checksum is right; `source` is what messages call it. Throws FileError.
ParsedBounded parse_bounded(std::string_view bytes, const std::string& source);

/// Header, maker and frames of the sections, with the checksum behind. `header` lacks what they say.
std::string join_bounded(BoundedHeader header, std::string_view maker, std::span<const std::string> sections);

/// The sections, one behind the other. Throws FileError.
std::string content_of(const ParsedBounded& parsed, const std::string& source);

}  // namespace isthmus::data
