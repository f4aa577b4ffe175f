#include <isthmus/error.hpp>

#define XXH_INLINE_ALL
#include <xxhash.h>
#include <zstd.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "bounded_header.hpp"

namespace isthmus::data {
namespace {

static_assert(std::endian::native == std::endian::little, "strings are little-endian, and copied as they are");

constexpr std::size_t checksum_size = 8;
constexpr int zstd_level = 1;  // Higher ones gain 1 to 2 % and take three times as long.

void append_frame(const std::string& section, std::string& to) {
  const std::size_t start = to.size(), room = ZSTD_compressBound(section.size());
  to.resize(start + room);
  const std::size_t size = ZSTD_compress(to.data() + start, room, section.data(), section.size(), zstd_level);
  if (ZSTD_isError(size)) throw Error(std::string("zstd cannot compress: ") + ZSTD_getErrorName(size));
  to.resize(start + size);
}

}  // namespace

std::uint64_t checksum_of(const void* bytes, std::size_t size) { return XXH3_64bits(bytes, size); }

bool is_valid_bound(float epsilon) { return std::isfinite(epsilon) && epsilon > 0; }

ParsedBounded parse_bounded(std::string_view bytes, const std::string& source) {
  ParsedBounded parsed;
  BoundedHeader& header = parsed.header;
  const auto require = [&](bool holds, const char* place, const std::string& expected, const std::string& found) {
    if (!holds) throw FileError(source, place, expected, found);
  };
  const std::size_t least = sizeof(BoundedHeader) + checksum_size;
  require(bytes.size() >= least, "length", "at least " + std::to_string(least) + " bytes",
          std::to_string(bytes.size()));
  std::memcpy(&header, bytes.data(), sizeof header);
  require(std::string_view(header.magic, sizeof header.magic) == bounded_magic, "magic", "\"isthmusB\"",
          "something else");
  require(header.version == bounded_version, "version", std::to_string(bounded_version),
          std::to_string(header.version));
  const std::size_t end = bytes.size() - checksum_size;
  std::uint64_t checksum = 0;
  std::memcpy(&checksum, bytes.data() + end, sizeof checksum);
  require(checksum == checksum_of(bytes.data(), end), "checksum", "that of the bytes before it",
          "another: damaged or cut short");
  require(header.maker_size <= 255 && header.maker_size <= end - sizeof(BoundedHeader), "maker",
          "at most 255 bytes", std::to_string(header.maker_size));
  require(is_valid_bound(header.epsilon), "epsilon", "a finite positive number", std::to_string(header.epsilon));
  constexpr auto most = std::uint64_t{1} << 60;
  require(header.values < most, "values", "fewer than 2^60", std::to_string(header.values));
  require(header.width > 0 && header.width < most && header.values % header.width == 0, "width",
          "a divisor of the number of values, " + std::to_string(header.values), std::to_string(header.width));
  require(header.exact <= header.values, "exact values", "at most " + std::to_string(header.values),
          std::to_string(header.exact));
  parsed.maker = bytes.substr(sizeof(BoundedHeader), header.maker_size);
  parsed.frames =
      bytes.substr(sizeof(BoundedHeader) + header.maker_size, end - sizeof(BoundedHeader) - header.maker_size);
  return parsed;
}

std::string join_bounded(BoundedHeader header, std::string_view maker, std::span<const std::string> sections) {
  std::copy(bounded_magic.begin(), bounded_magic.end(), header.magic);
  header.version = bounded_version;
  header.maker_size = static_cast<std::uint32_t>(maker.size());
  header.content = 0;
  for (const std::string& section : sections) header.content += section.size();
  std::string bytes(sizeof header, '\0');
  std::memcpy(bytes.data(), &header, sizeof header);
  bytes += maker;
  for (const std::string& section : sections)
    if (!section.empty()) append_frame(section, bytes);
  const std::uint64_t checksum = checksum_of(bytes.data(), bytes.size());
  bytes.append(reinterpret_cast<const char*>(&checksum), sizeof checksum);
  return bytes;
}

std::string content_of(const ParsedBounded& parsed, const std::string& source) {
  const BoundedHeader& header = parsed.header;
  // A byte for each block, at most 6 for each value's steps, and at most 9 + 4 for an exact one.
  const std::uint64_t most = header.values * 20;
  if (header.content > most)
    throw FileError(source, "content", "at most " + std::to_string(most) + " bytes",
                    std::to_string(header.content));
  std::string content(static_cast<std::size_t>(header.content), '\0');
  const std::size_t size =
      ZSTD_decompress(content.data(), content.size(), parsed.frames.data(), parsed.frames.size());
  if (ZSTD_isError(size))
    throw FileError(source, "zstd frames", "sound ones", std::string("a fault: ") + ZSTD_getErrorName(size));
  if (size != content.size())
    throw FileError(source, "zstd frames", std::to_string(content.size()) + " bytes", std::to_string(size));
  return content;
}

BoundedInfo describe_bounded(std::string_view bytes, const std::string& source) {
  const ParsedBounded parsed = parse_bounded(bytes, source);
  const BoundedHeader& header = parsed.header;
  return {static_cast<std::int64_t>(header.values),
          static_cast<std::int64_t>(header.width),
          header.epsilon,
          static_cast<std::int64_t>(header.exact),
          header.guess_checksum,
          std::string(parsed.maker)};
}

}  // namespace isthmus::data
