#include <isthmus/data/input_file.hpp>
#include <isthmus/data/zip.hpp>
#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>

#include "little_endian.hpp"

namespace isthmus::data {
namespace {

constexpr std::size_t end_size = 22, locator_size = 20, end64_size = 56, entry_size = 46;
constexpr std::size_t longest_comment = 0xffff;
constexpr std::uint32_t saturated = 0xffffffff;

/// The position of the central directory, and the number of its entries.
struct Directory {
  std::uint64_t begin = 0, size = 0, entries = 0;
};

FileError damaged(const InputFile& file, std::uint64_t at, const std::string& found) {
  return FileError(file.name(), fmt::format("byte {}", at), "a whole ZIP archive", found);
}

std::string bytes_at(const InputFile& file, std::uint64_t at, std::uint64_t size) {
  if (at > file.most_bytes() || size > file.most_bytes() - at)
    throw damaged(file, at, fmt::format("the end of the file instead of {} bytes", size));
  std::string bytes(static_cast<std::size_t>(size), '\0');
  file.read_at(at, bytes.data(), bytes.size());
  return bytes;
}

/// The 64-bit form of the end record, if a locator lies in front of the usual one at `end`.
std::optional<Directory> directory64(const InputFile& file, std::uint64_t end) {
  if (end < locator_size) return std::nullopt;
  const std::string locator = bytes_at(file, end - locator_size, locator_size);
  if (!locator.starts_with("PK\x06\x07")) return std::nullopt;
  const auto at = little_endian<std::uint64_t>(locator, 8);
  const std::string record = bytes_at(file, at, end64_size);
  if (!record.starts_with("PK\x06\x06")) throw damaged(file, at, "no end of a central directory of 64 bits");
  return Directory{little_endian<std::uint64_t>(record, 48), little_endian<std::uint64_t>(record, 40),
                   little_endian<std::uint64_t>(record, 32)};
}

Directory find_directory(const InputFile& file) {
  const std::uint64_t size = file.most_bytes();
  const std::uint64_t tail_size = std::min<std::uint64_t>(size, end_size + longest_comment);
  const std::string tail = bytes_at(file, size - tail_size, tail_size);
  const std::size_t at =
      tail.size() < end_size ? std::string::npos : tail.rfind("PK\x05\x06", tail.size() - end_size);
  if (at == std::string::npos)
    throw FileError(file.name(), "", "a whole ZIP archive", "no central directory: it is cut short or damaged");
  const std::uint64_t end = size - tail_size + at;
  if (const auto directory = directory64(file, end)) return *directory;
  return {little_endian<std::uint32_t>(tail, at + 16), little_endian<std::uint32_t>(tail, at + 12),
          little_endian<std::uint16_t>(tail, at + 10)};
}

/// Numbers that do not fit their 32 bits are in the extra field, in this order, those alone.
void read_wide_numbers(std::string_view extra, ZipEntry& entry) {
  constexpr std::uint16_t wide = 1;
  while (extra.size() >= 4) {
    const auto id = little_endian<std::uint16_t>(extra, 0);
    const std::size_t size = little_endian<std::uint16_t>(extra, 2);
    std::string_view field = extra.substr(4, size);
    extra.remove_prefix(std::min(extra.size(), 4 + size));
    if (id != wide) continue;
    for (std::uint64_t* const number : {&entry.size, &entry.stored_size, &entry.header_at}) {
      if (*number != saturated || field.size() < sizeof *number) continue;
      *number = little_endian<std::uint64_t>(field, 0);
      field.remove_prefix(sizeof *number);
    }
  }
}

}  // namespace

std::vector<ZipEntry> read_zip_directory(const std::filesystem::path& path) {
  const InputFile file(path, Decoding::plain);
  const Directory directory = find_directory(file);
  const std::string bytes = bytes_at(file, directory.begin, directory.size);
  std::vector<ZipEntry> entries;
  std::string_view rest = bytes;
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    const std::uint64_t at = directory.begin + (bytes.size() - rest.size());
    if (rest.size() < entry_size || !rest.starts_with("PK\x01\x02"))
      throw damaged(file, at, fmt::format("no entry {} of {} in its directory", i, directory.entries));
    const std::size_t name_size = little_endian<std::uint16_t>(rest, 28);
    const std::size_t extra_size = little_endian<std::uint16_t>(rest, 30);
    const std::size_t size = entry_size + name_size + extra_size + little_endian<std::uint16_t>(rest, 32);
    if (size > rest.size()) throw damaged(file, at, fmt::format("an entry of {} bytes in {}", size, rest.size()));
    ZipEntry& entry = entries.emplace_back();
    entry.encrypted = (little_endian<std::uint16_t>(rest, 8) & 1) != 0;
    entry.method = little_endian<std::uint16_t>(rest, 10);
    entry.crc32 = little_endian<std::uint32_t>(rest, 16);
    entry.stored_size = little_endian<std::uint32_t>(rest, 20);
    entry.size = little_endian<std::uint32_t>(rest, 24);
    entry.header_at = little_endian<std::uint32_t>(rest, 42);
    entry.name = rest.substr(entry_size, name_size);
    read_wide_numbers(rest.substr(entry_size + name_size, extra_size), entry);
    rest.remove_prefix(size);
  }
  return entries;
}

}  // namespace isthmus::data
