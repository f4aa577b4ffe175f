// The JSON header of a safetensors file, checked against the data that follow it.
#pragma once

#include <isthmus/data/input_file.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::interchange {

/// A type of numbers that the format knows.
struct NumberType {
  std::string_view name;
  std::uint64_t size;  ///< bytes
};

/// A tensor's place: the bytes [begin, end) of the data.
struct TensorEntry {
  std::string name;
  const NumberType* type = nullptr;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

struct SafetensorsHeader {
  std::map<std::string, std::string> metadata;
  /// The tensors in the order of their data, which they cover without gap or overlap.
  std::vector<TensorEntry> tensors;
};

/// The largest header that the format's own implementation accepts.
constexpr std::uint64_t largest_header = 100'000'000;

/// The tensors that may be in a file: those of our own models, or those of any other program.
enum class AcceptedTypes { f32, any };

/// A tensor as messages name it: short, and on one line.
std::string tensor_place(std::string_view name);

/// Parses `text`, which begins at byte 8 of `file`. Throws FileError unless every tensor is of an accepted type
/// and the tensors cover exactly `data_size` bytes.
SafetensorsHeader parse_safetensors_header(std::string_view text, std::uint64_t data_size, const std::string& file,
                                           AcceptedTypes accepted);

/// Reads and parses the header of a file that was just opened; the data are next. Throws FileError as above.
SafetensorsHeader read_safetensors_header(data::InputFile& file, AcceptedTypes accepted);

}  // namespace isthmus::interchange
