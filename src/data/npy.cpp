#include <isthmus/data/atomic_file.hpp>
#include <isthmus/data/input_file.hpp>
#include <isthmus/data/npy.hpp>
#include <isthmus/data/window.hpp>
#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "joined.hpp"
#include "npy_header.hpp"
#include "shapes.hpp"

namespace isthmus::data {
namespace {

static_assert(std::endian::native == std::endian::little,
              "values are read and written as they lie in memory");

constexpr std::string_view magic = "\x93NUMPY";

NpyHeader read_header(InputFile& file) {
  std::array<unsigned char, 8> start{};
  file.read_header(start.data(), start.size(), "a .npy file");
  if (std::string_view(reinterpret_cast<const char*>(start.data()), magic.size()) != magic) {
    throw FileError(file.name(), "byte 0", "a .npy file, which begins 93 4e 55 4d 50 59",
                    hex_text(std::span(start).first(magic.size())));
  }
  if (start[6] < 1 || start[6] > 2 || start[7] != 0) {
    throw FileError(file.name(), "byte 6", "version 1.0 or 2.0", fmt::format("{}.{}", start[6], start[7]));
  }
  std::array<unsigned char, 4> size{};
  file.read_header(size.data(), start[6] == 1 ? 2 : 4, "the header's size");
  const std::uint32_t header_size = std::bit_cast<std::uint32_t>(size);
  const std::uint64_t begin = file.position();
  if (header_size > file.most_bytes() - begin) {
    throw FileError(file.name(), fmt::format("byte {}", begin),
                    fmt::format("a header of {} bytes", header_size),
                    fmt::format("{}", file.most_bytes() - begin));
  }
  std::string text(header_size, '\0');
  file.read_header(text.data(), text.size(), "the header");
  NpyHeader header = parse_npy_header(text, begin, file.name());
  if (header.fortran_order) {
    throw FileError(file.name(), fmt::format("byte {}", header.fortran_order_at),
                    "C order ('fortran_order': False)", "Fortran order");
  }
  return header;
}

std::uint64_t require_value_count(const InputFile& file, const NpyHeader& header) {
  const auto count = value_count(header.shape);
  if (count) return *count;
  throw FileError(file.name(), fmt::format("byte {}", header.shape_at),
                  "dimensions whose product is below 2^63", shape_text(header.shape));
}

FileError wrong_dtype(const InputFile& file, const NpyHeader& header, const char* expected) {
  return FileError(file.name(), fmt::format("byte {}", header.dtype_at), expected,
                   fmt::format("'{}'", header.dtype));
}

template <class Integer>
std::vector<std::uint8_t> read_labels(InputFile& file, std::uint64_t count) {
  const std::vector<Integer> numbers = file.read_rest<Integer>(count);
  std::vector<std::uint8_t> labels;
  labels.reserve(numbers.size());
  for (const Integer number : numbers) {
    if (!std::in_range<std::uint8_t>(number)) {
      throw FileError(file.name(), fmt::format("position {}", labels.size()), "a label from 0 to 255",
                      fmt::format("{}", number));
    }
    labels.push_back(static_cast<std::uint8_t>(number));
  }
  return labels;
}

struct LabelType {
  std::string_view dtype;
  std::vector<std::uint8_t> (*read)(InputFile& file, std::uint64_t count);
};
constexpr LabelType label_types[] = {
    {"|u1", read_labels<std::uint8_t>},  {"|i1", read_labels<std::int8_t>},
    {"<u2", read_labels<std::uint16_t>}, {"<i2", read_labels<std::int16_t>},
    {"<u4", read_labels<std::uint32_t>}, {"<i4", read_labels<std::int32_t>},
    {"<u8", read_labels<std::uint64_t>}, {"<i8", read_labels<std::int64_t>},
};

/// The bytes before the values of '<f4', version 1.0.
std::string serialize_header(std::span<const std::int64_t> shape) {
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
  InputFile file(path, Decoding::plain);
  NpyHeader header = read_header(file);
  if (header.dtype != "<f4") throw wrong_dtype(file, header, "dtype '<f4' (float32)");
  const std::uint64_t count = require_value_count(file, header);
  return {std::move(header.shape), file.read_rest<float>(count)};
}

Samples read_npy_samples(const std::filesystem::path& path, std::uint64_t held) {
  InputFile file(path, Decoding::plain);
  const NpyHeader header = read_header(file);
  const bool bytes = header.dtype == "|u1";
  if (!bytes && header.dtype != "<f4") {
    throw wrong_dtype(file, header, "dtype '<f4' (float32) or '|u1' (uint8)");
  }
  const std::uint64_t count = require_value_count(file, header);
  if (header.shape.size() < 2 || count == 0) {
    throw FileError(file.name(), fmt::format("byte {}", header.shape_at),
                    "samples, so at least 2 dimensions, none of them 0",
                    fmt::format("shape {}", shape_text(header.shape)));
  }
  std::vector<std::int64_t> shape(header.shape.begin() + 1, header.shape.end());
  if (file.most_bytes() > held) {
    const Stored stored = bytes ? Stored::byte : Stored::float_little_endian;
    return Samples(file.name(), std::move(shape), Window(file, stored, count));
  }
  Samples::Values values;
  if (bytes) {
    values = file.read_rest<std::uint8_t>(count);
  } else {
    values = file.read_rest<float>(count);
  }
  return Samples(file.name(), std::move(shape), std::move(values));
}

std::vector<std::uint8_t> read_npy_labels(const std::filesystem::path& path) {
  InputFile file(path, Decoding::plain);
  const NpyHeader header = read_header(file);
  const auto type = std::find_if(std::begin(label_types), std::end(label_types),
                                 [&](const LabelType& known) { return known.dtype == header.dtype; });
  if (type == std::end(label_types))
    throw wrong_dtype(file, header, "labels: integers, such as dtype '|u1' or '<i8'");
  const std::uint64_t count = require_value_count(file, header);
  if (header.shape.size() != 1 || count == 0) {
    throw FileError(file.name(), fmt::format("byte {}", header.shape_at), "labels: 1 dimension, not 0",
                    fmt::format("shape {}", shape_text(header.shape)));
  }
  return type->read(file, count);
}

void write_npy(const std::filesystem::path& path, std::span<const std::int64_t> shape,
               std::span<const float> values) {
  write_npy(path, shape, [&](const AppendFloats& append) { append(values); });
}

void write_npy(const std::filesystem::path& path, std::span<const std::int64_t> shape,
               const std::function<void(const AppendFloats& append)>& write) {
  const std::string header = serialize_header(shape);
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
