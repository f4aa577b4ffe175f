#include <isthmus/data/atomic_file.hpp>
#include <isthmus/data/idx.hpp>
#include <isthmus/data/input_file.hpp>
#include <isthmus/data/window.hpp>
#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <array>
#include <bit>
#include <limits>
#include <string>
#include <utility>

#include "convert.hpp"
#include "joined.hpp"
#include "shapes.hpp"

namespace isthmus::data {
namespace {

constexpr std::uint8_t type_byte = 0x08;
constexpr std::uint8_t type_float = 0x0d;
constexpr int largest_rank = 4;

std::uint32_t from_big_endian(const std::array<std::uint8_t, 4>& bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 |
         bytes[3];
}

void append_big_endian(std::string& out, std::uint32_t word) {
  for (const int shift : {24, 16, 8, 0}) out.push_back(static_cast<char>(word >> shift));
}

struct Header {
  std::uint8_t type = 0;
  std::vector<std::int64_t> shape;
};

Header read_header(InputFile& file) {
  std::array<std::uint8_t, 4> magic{};
  file.read_header(magic.data(), magic.size(), "an IDX file");
  if (magic[0] != 0 || magic[1] != 0) {
    throw FileError(file.name(), "byte 0", "an IDX file, which begins 00 00", hex_text(magic));
  }
  if (magic[2] != type_byte && magic[2] != type_float) {
    throw FileError(file.name(), "byte 2", "type 08 (unsigned byte) or 0d (float)",
                    fmt::format("{:02x}", magic[2]));
  }
  if (magic[3] < 1 || magic[3] > largest_rank) {
    throw FileError(file.name(), "byte 3", fmt::format("1 to {} dimensions", largest_rank),
                    fmt::format("{}", magic[3]));
  }
  Header header{magic[2], {}};
  for (int i = 0; i < magic[3]; ++i) {
    const std::uint64_t begin = file.position();
    std::array<std::uint8_t, 4> dimension{};
    file.read_header(dimension.data(), dimension.size(), fmt::format("dimension {}", i));
    header.shape.push_back(from_big_endian(dimension));
    if (header.shape.back() == 0) {
      throw FileError(file.name(), fmt::format("byte {}", begin),
                      fmt::format("dimension {} of at least 1", i), "0");
    }
  }
  return header;
}

std::uint64_t require_value_count(const InputFile& file, const Header& header) {
  const auto count = value_count(header.shape);
  if (count) return *count;
  throw FileError(file.name(), "byte 4", "dimensions whose product is below 2^63", shape_text(header.shape));
}

IdxArray read_values(InputFile& file, Header header) {
  const std::uint64_t count = require_value_count(file, header);
  if (header.type == type_byte) return {std::move(header.shape), file.read_rest<std::uint8_t>(count)};
  auto values = file.read_rest<float>(count);
  swap_bytes(values.data(), values.size());
  return {std::move(header.shape), std::move(values)};
}

std::string serialize_header(std::uint8_t type, std::span<const std::int64_t> shape, std::size_t count) {
  if (shape.empty() || shape.size() > largest_rank) {
    throw ShapeError(
        fmt::format("an IDX file: expected 1 to {} dimensions, found {}", largest_rank, shape.size()));
  }
  std::string header{'\0', '\0', static_cast<char>(type), static_cast<char>(shape.size())};
  for (const std::int64_t dimension : shape) {
    if (dimension < 1 || dimension > std::numeric_limits<std::uint32_t>::max()) {
      throw ShapeError(fmt::format("an IDX file: expected dimensions from 1 to 2^32 - 1, found shape {}",
                                   shape_text(shape)));
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
  return read_values(file, read_header(file));
}

Samples read_idx_samples(const std::filesystem::path& path, std::uint64_t held) {
  InputFile file(path, Decoding::gzip_if_marked);
  Header header = read_header(file);
  if (header.shape.size() < 2) {
    throw FileError(file.name(), "byte 3", fmt::format("samples, so 2 to {} dimensions", largest_rank),
                    "1: these are labels");
  }
  if (!file.compressed() && file.most_bytes() > held) {
    const Stored stored = header.type == type_byte ? Stored::byte : Stored::float_big_endian;
    return Samples(file.name(), {header.shape.begin() + 1, header.shape.end()},
                   Window(file, stored, require_value_count(file, header)));
  }
  auto array = read_values(file, std::move(header));
  return Samples(file.name(), {array.shape.begin() + 1, array.shape.end()}, std::move(array.values));
}

std::vector<std::uint8_t> read_idx_labels(const std::filesystem::path& path) {
  InputFile file(path, Decoding::gzip_if_marked);
  Header header = read_header(file);
  if (header.type != type_byte || header.shape.size() != 1) {
    throw FileError(file.name(), "byte 2", "labels: type 08 (unsigned byte), 1 dimension",
                    fmt::format("type {:02x}, {} dimensions", header.type, header.shape.size()));
  }
  return std::get<std::vector<std::uint8_t>>(read_values(file, std::move(header)).values);
}

void write_idx(const std::filesystem::path& path, std::span<const std::int64_t> shape,
               std::span<const std::uint8_t> values) {
  std::string bytes = serialize_header(type_byte, shape, values.size());
  bytes.append(values.begin(), values.end());
  write_atomically(path, bytes);
}

void write_idx(const std::filesystem::path& path, std::span<const std::int64_t> shape,
               std::span<const float> values) {
  std::string bytes = serialize_header(type_float, shape, values.size());
  bytes.reserve(bytes.size() + values.size_bytes());
  for (const float value : values) append_big_endian(bytes, std::bit_cast<std::uint32_t>(value));
  write_atomically(path, bytes);
}

}  // namespace isthmus::data
