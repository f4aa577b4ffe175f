// The JSON header of a safetensors file, checked against the data that follow it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::interchange {

/// A tensor's place: the bytes [begin, end) of the data.
struct TensorEntry {
  std::string name;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

struct SafetensorsHeader {
  std::map<std::string, std::string> metadata;
  /// In the order of their data, which they cover without gap or overlap.
  std::vector<TensorEntry> tensors;
};

/// The largest header that the format's own implementation accepts.
constexpr std::uint64_t largest_header = 100'000'000;

/// A tensor as messages name it: short, and on one line.
std::string tensor_place(std::string_view name);

/// Parses `text`, which begins at byte 8 of `file`. Throws FileError unless every tensor is of type F32 and
/// the tensors cover exactly `data_size` bytes.
SafetensorsHeader parse_safetensors_header(std::string_view text, std::uint64_t data_size,
                                           const std::string& file);

}  // namespace isthmus::interchange
