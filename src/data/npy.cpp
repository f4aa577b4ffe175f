#include <isthmus/data/atomic_file.hpp>
#include <isthmus/data/input_file.hpp>
#include <isthmus/data/npy.hpp>
#include <isthmus/data/window.hpp>
#include <isthmus/data/zip.hpp>
#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "fortran_order.hpp"
#include "joined.hpp"
#include "labels.hpp"
#include "npy_header.hpp"
#include "shapes.hpp"
#include "text.hpp"

namespace isthmus::data {
namespace {

static_assert(std::endian::native == std::endian::little, "values are read and written as they lie in memory");

constexpr std::string_view magic = "\x93NUMPY";

NpyHeader read_npy_header(InputFile& file) {
  std::array<unsigned char, 8> start{};
  file.read_header(start.data(), start.size(), "a .npy file");
  if (std::string_view(reinterpret_cast<const char*>(start.data()), magic.size()) != magic) {
    throw FileError(file.name(), "byte 0", "a .npy file, which begins 93 4e 55 4d 50 59",
                    hex_text(std::span(start).first(magic.size())));
  }
  if (start[6] < 1 || start[6] > 3 || start[7] != 0) {
    throw FileError(file.name(), "byte 6", "version 1.0, 2.0 or 3.0", fmt::format("{}.{}", start[6], start[7]));
  }
  std::array<unsigned char, 4> size{};
  file.read_header(size.data(), start[6] == 1 ? 2 : 4, "the header's size");
  const std::uint32_t header_size = std::bit_cast<std::uint32_t>(size);
  const std::uint64_t begin = file.position();
  if (header_size > file.most_bytes() - begin) {
    throw FileError(file.name(), fmt::format("byte {}", begin), fmt::format("a header of {} bytes", header_size),
                    fmt::format("{}", file.most_bytes() - begin));
  }
  return parse_npy_header(file.read_header_text(header_size, "the header"), begin, file.name());
}

std::uint64_t require_value_count(const InputFile& file, const NpyHeader& header) {
  const auto count = value_count(header.shape);
  if (count) return *count;
  throw FileError(file.name(), fmt::format("byte {}", header.shape_at), "dimensions whose product is below 2^63",
                  shape_text(header.shape));
}

NumberType require_type(const InputFile& file, const NpyHeader& header) {
  if (const auto type = number_type(header.dtype)) return *type;
  const std::string_view name = other_type(header.dtype);
  throw FileError(file.name(), fmt::format("byte {}", header.dtype_at),
                  "integers, booleans, or floats of 16, 32 or 64 bits, such as dtype '<f4'",
                  name.empty() ? fmt::format("'{}'", header.dtype) : fmt::format("'{}', {}", header.dtype, name));
}

NpyArray read_array(InputFile& file) {
  NpyHeader header = read_npy_header(file);
  const NumberType type = require_type(file, header);
  std::vector<float> values = file.read_floats(require_value_count(file, header), type);
  if (header.fortran_order) values = from_fortran_order(std::move(values), header.shape);
  return {std::move(header.shape), std::move(values)};
}

Samples read_samples(InputFile& file, std::uint64_t held, BytesAre bytes, Fill fill) {
  const NpyHeader header = read_npy_header(file);
  const NumberType type = read_as(require_type(file, header), bytes);
  const std::uint64_t count = require_value_count(file, header);
  std::vector<std::int64_t> shape(header.shape.begin() + (header.shape.empty() ? 0 : 1), header.shape.end());
  if (header.shape.size() < 2 || value_count(shape).value_or(0) == 0) {
    throw FileError(file.name(), fmt::format("byte {}", header.shape_at),
                    "samples, so at least 2 dimensions, none but the first of them 0",
                    fmt::format("shape {}", shape_text(header.shape)));
  }
  if (!file.compressed() && !header.fortran_order && file.most_bytes() > held)
    return Samples(file.name(), std::move(shape), Window(file, type, count), fill);
  Samples::Values values;
  if (type.kind == NumberKind::pixel) values = file.read_rest<std::uint8_t>(count);
  else values = file.read_floats(count, type);
  if (header.fortran_order)
    std::visit([&](auto& all) { all = from_fortran_order(std::move(all), header.shape); }, values);
  return Samples(file.name(), std::move(shape), std::move(values), {}, fill);
}

std::vector<std::uint8_t> read_labels(InputFile& file) {
  const NpyHeader header = read_npy_header(file);
  const auto type = number_type(header.dtype);
  if (!type || type->kind == NumberKind::floating) {
    throw FileError(file.name(), fmt::format("byte {}", header.dtype_at),
                    "labels: integers, such as dtype '|u1' or '<i8'", fmt::format("'{}'", header.dtype));
  }
  const std::uint64_t count = require_value_count(file, header);
  if (header.shape.size() != 1 || count == 0) {
    throw FileError(file.name(), fmt::format("byte {}", header.shape_at), "labels: 1 dimension, not 0",
                    fmt::format("shape {}", shape_text(header.shape)));
  }
  return read_labels(file, count, *type);
}

/// The archive's arrays: entries whose names end so.
constexpr std::string_view array_suffix = ".npy";

std::vector<ZipEntry> arrays_of(const std::filesystem::path& path) {
  std::vector<ZipEntry> entries = read_zip_directory(path);
  std::erase_if(entries, [](const ZipEntry& entry) { return !entry.name.ends_with(array_suffix); });
  for (ZipEntry& entry : entries) entry.name.resize(entry.name.size() - array_suffix.size());
  return entries;
}

/// The array of this name, or the only one.
InputFile open_array(const std::filesystem::path& path, const std::string& name) {
  const std::vector<ZipEntry> entries = arrays_of(path);
  // Of two arrays of one name the later one counts, as in Python.
  const auto found = std::find_if(entries.rbegin(), entries.rend(), [&](const ZipEntry& entry) {
    return entry.name == name || entry.name + std::string(array_suffix) == name;
  });
  if (found != entries.rend()) return InputFile(path, *found, shown(found->name));
  if (name.empty() && entries.size() == 1) return InputFile(path, entries[0], shown(entries[0].name));
  constexpr std::size_t most_shown = 8;
  const auto listed = std::span(entries).first(std::min(entries.size(), most_shown));
  std::string names = joined(listed, ", ", [](const ZipEntry& entry) { return shown(entry.name); });
  if (entries.size() > most_shown) names += fmt::format(" and {} more", entries.size() - most_shown);
  throw FileError(
      path.string(), "",
      entries.empty() ? "arrays (NAME.npy) in the archive" : fmt::format("FILE:NAME with one of {}", names),
      entries.empty() ? "none"
      : name.empty()  ? "no name"
                      : in_quotes(name));
}

/// The bytes before the values of '<f4', version 1.0.
std::string npy_header(std::span<const std::int64_t> shape) {
  constexpr std::size_t largest_rank = 32;
  if (shape.size() > largest_rank)
    throw ShapeError(fmt::format("a .npy file: expected at most 32 dimensions, found {}", shape.size()));
  // A tuple of one item needs its comma.
  std::string header = fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}{}), }}",
                                   dimensions_text(shape, ", "), shape.size() == 1 ? "," : "");
  // The values begin at a multiple of 64 bytes, and the header's last byte is a line feed.
  constexpr std::size_t alignment = 64;
  const std::size_t start = magic.size() + 4;
  header.append(alignment - (start + header.size() + 1) % alignment, ' ');
  header.push_back('\n');
  std::string bytes(magic);
  bytes += {'\1', '\0', static_cast<char>(header.size()), static_cast<char>(header.size() >> 8)};
  return bytes + header;
}

}  // namespace

NpyArray read_npy(const std::filesystem::path& path) {
  InputFile file(path, Decoding::gzip_if_marked);
  return read_array(file);
}

Samples read_npy_samples(const std::filesystem::path& path, std::uint64_t held, BytesAre bytes, Fill fill) {
  InputFile file(path, Decoding::gzip_if_marked);
  return read_samples(file, held, bytes, fill);
}

std::vector<std::uint8_t> read_npy_labels(const std::filesystem::path& path) {
  InputFile file(path, Decoding::gzip_if_marked);
  return read_labels(file);
}

std::vector<std::string> npz_names(const std::filesystem::path& path) {
  std::vector<std::string> names;
  for (ZipEntry& entry : arrays_of(path)) names.push_back(std::move(entry.name));
  return names;
}

NpyArray read_npz(const std::filesystem::path& path, const std::string& name) {
  InputFile file = open_array(path, name);
  return read_array(file);
}

Samples read_npz_samples(const std::filesystem::path& path, const std::string& name, std::uint64_t held,
                         BytesAre bytes, Fill fill) {
  InputFile file = open_array(path, name);
  return read_samples(file, held, bytes, fill);
}

std::vector<std::uint8_t> read_npz_labels(const std::filesystem::path& path, const std::string& name) {
  InputFile file = open_array(path, name);
  return read_labels(file);
}

void write_npy(const std::filesystem::path& path, std::span<const std::int64_t> shape,
               std::span<const float> values) {
  write_npy(path, shape, [&](const AppendFloats& append) { append(values); });
}

void write_npy(const std::filesystem::path& path, std::span<const std::int64_t> shape,
               const std::function<void(const AppendFloats& append)>& write) {
  const std::string header = npy_header(shape);
  write_atomically_in_pieces(path, [&](const AppendBytes& append) {
    append(header);
    std::uint64_t count = 0;
    write([&](std::span<const float> values) {
      count += values.size();
      append({reinterpret_cast<const char*>(values.data()), values.size_bytes()});
    });
    if (value_count(shape) != count)
      throw ShapeError(fmt::format("a .npy file of shape {}: found {} values", shape_text(shape), count));
  });
}

}  // namespace isthmus::data
