#include <isthmus/data/atomic_file.hpp>
#include <isthmus/data/idx.hpp>
#include <isthmus/data/input_file.hpp>
#include <isthmus/data/window.hpp>
#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <array>
#include <bit>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "joined.hpp"
#include "labels.hpp"
#include "shapes.hpp"

namespace isthmus::data {
namespace {

constexpr std::uint8_t type_byte = 0x08;
constexpr std::uint8_t type_float = 0x0d;
constexpr int largest_idx_rank = 4;

std::uint32_t from_big_endian(const std::array<std::uint8_t, 4>& bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

void append_big_endian(std::string& out, std::uint32_t word) {
  for (const int shift : {24, 16, 8, 0}) out.push_back(static_cast<char>(word >> shift));
}

std::optional<NumberType> number_type_of(std::uint8_t type) {
  switch (type) {
    case type_byte: return NumberType{NumberKind::natural, 1, true};
    case 0x09: return NumberType{NumberKind::integer, 1, true};
    case 0x0b: return NumberType{NumberKind::integer, 2, true};
    case 0x0c: return NumberType{NumberKind::integer, 4, true};
    case type_float: return NumberType{NumberKind::floating, 4, true};
    case 0x0e: return NumberType{NumberKind::floating, 8, true};
    default: return std::nullopt;
  }
}

struct Header {
  NumberType type;
  std::vector<std::int64_t> shape;
};

Header read_idx_header(InputFile& file) {
  std::array<std::uint8_t, 4> magic{};
  file.read_header(magic.data(), magic.size(), "an IDX file");
  if (magic[0] != 0 || magic[1] != 0) {
    throw FileError(file.name(), "byte 0", "an IDX file, which begins 00 00", hex_text(magic));
  }
  const auto type = number_type_of(magic[2]);
  if (!type) {
    throw FileError(file.name(), "byte 2", "type 08, 09, 0b, 0c (integers), 0d or 0e (float and double)",
                    fmt::format("{:02x}", magic[2]));
  }
  if (magic[3] < 1 || magic[3] > largest_idx_rank) {
    throw FileError(file.name(), "byte 3", fmt::format("1 to {} dimensions", largest_idx_rank),
                    fmt::format("{}", magic[3]));
  }
  Header header{*type, {}};
  for (int i = 0; i < magic[3]; ++i) {
    const std::uint64_t begin = file.position();
    std::array<std::uint8_t, 4> dimension{};
    file.read_header(dimension.data(), dimension.size(), fmt::format("dimension {}", i));
    header.shape.push_back(from_big_endian(dimension));
    if (header.shape.back() == 0 && (i > 0 || magic[3] == 1)) {
      throw FileError(file.name(), fmt::format("byte {}", begin), fmt::format("dimension {} of at least 1", i),
                      "0");
    }
  }
  return header;
}

std::uint64_t require_value_count(const InputFile& file, const Header& header) {
  const auto count = value_count(header.shape);
  if (count) return *count;
  throw FileError(file.name(), "byte 4", "dimensions whose product is below 2^63", shape_text(header.shape));
}

Samples::Values read_values(InputFile& file, const Header& header, BytesAre bytes) {
  const std::uint64_t count = require_value_count(file, header);
  const NumberType type = read_as(header.type, bytes);
  if (type.kind == NumberKind::pixel) return file.read_rest<std::uint8_t>(count);
  return file.read_floats(count, type);
}

std::string idx_header(std::uint8_t type, std::span<const std::int64_t> shape, std::size_t count) {
  if (shape.empty() || shape.size() > largest_idx_rank) {
    throw ShapeError(
        fmt::format("an IDX file: expected 1 to {} dimensions, found {}", largest_idx_rank, shape.size()));
  }
  std::string header{'\0', '\0', static_cast<char>(type), static_cast<char>(shape.size())};
  for (const std::int64_t dimension : shape) {
    if (dimension < 1 || dimension > std::numeric_limits<std::uint32_t>::max()) {
      throw ShapeError(
          fmt::format("an IDX file: expected dimensions from 1 to 2^32 - 1, found shape {}", shape_text(shape)));
    }
    append_big_endian(header, static_cast<std::uint32_t>(dimension));
  }
  if (value_count(shape) != count) {
    throw ShapeError(fmt::format("an IDX file of shape {}: found {} values", shape_text(shape), count));
  }
  return header;
}

}  // namespace

IdxArray read_idx(const std::filesystem::path& path) {
  InputFile file(path, Decoding::gzip_if_marked);
  Header header = read_idx_header(file);
  Samples::Values values = read_values(file, header, BytesAre::pixels);
  return {std::move(header.shape), std::move(values)};
}

Samples read_idx_samples(const std::filesystem::path& path, std::uint64_t held, BytesAre bytes, Fill fill) {
  InputFile file(path, Decoding::gzip_if_marked);
  const Header header = read_idx_header(file);
  if (header.shape.size() < 2) {
    throw FileError(file.name(), "byte 3", fmt::format("samples, so 2 to {} dimensions", largest_idx_rank),
                    "1: these are labels");
  }
  std::vector<std::int64_t> shape(header.shape.begin() + 1, header.shape.end());
  if (!file.compressed() && file.most_bytes() > held) {
    return Samples(file.name(), std::move(shape),
                   Window(file, read_as(header.type, bytes), require_value_count(file, header)), fill);
  }
  return Samples(file.name(), std::move(shape), read_values(file, header, bytes), {}, fill);
}

std::vector<std::uint8_t> read_idx_labels(const std::filesystem::path& path) {
  InputFile file(path, Decoding::gzip_if_marked);
  const Header header = read_idx_header(file);
  if (header.type.kind == NumberKind::floating || header.shape.size() != 1) {
    throw FileError(
        file.name(), "byte 2", "labels: integers in 1 dimension",
        fmt::format("{} in {} dimensions", header.type.kind == NumberKind::floating ? "floats" : "integers",
                    header.shape.size()));
  }
  return read_labels(file, require_value_count(file, header), header.type);
}

void write_idx(const std::filesystem::path& path, std::span<const std::int64_t> shape,
               std::span<const std::uint8_t> values) {
  std::string bytes = idx_header(type_byte, shape, values.size());
  bytes.append(values.begin(), values.end());
  write_atomically(path, bytes);
}

void write_idx(const std::filesystem::path& path, std::span<const std::int64_t> shape,
               std::span<const float> values) {
  std::string bytes = idx_header(type_float, shape, values.size());
  bytes.reserve(bytes.size() + values.size_bytes());
  for (const float value : values) append_big_endian(bytes, std::bit_cast<std::uint32_t>(value));
  write_atomically(path, bytes);
}

}  // namespace isthmus::data
