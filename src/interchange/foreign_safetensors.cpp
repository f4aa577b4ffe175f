// safetensors as other programs write them: of any type of numbers.
#include <isthmus/data/input_file.hpp>
#include <isthmus/data/numbers.hpp>
#include <isthmus/interchange/import.hpp>

#include <bit>
#include <cstring>
#include <utility>

#include "safetensors_header.hpp"

namespace isthmus::interchange {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are read as they lie in memory");

/// A number of bfloat16: the upper half of a float.
float from_bfloat(std::uint16_t bits) { return std::bit_cast<float>(std::uint32_t{bits} << 16); }

template <class Number, class Convert>
std::vector<float> converted(const std::string& bytes, Convert convert) {
  std::vector<float> values(bytes.size() / sizeof(Number));
  for (std::size_t i = 0; i < values.size(); ++i) {
    Number number;
    std::memcpy(&number, bytes.data() + i * sizeof(Number), sizeof(Number));
    values[i] = convert(number);
  }
  return values;
}

std::vector<float> floats_of(const std::string& bytes, std::string_view type) {
  if (type == "F32") return converted<float>(bytes, [](float x) { return x; });
  if (type == "F64") return converted<double>(bytes, [](double x) { return static_cast<float>(x); });
  if (type == "F16") return converted<std::uint16_t>(bytes, data::from_half);
  if (type == "BF16") return converted<std::uint16_t>(bytes, from_bfloat);
  return {};
}

}  // namespace

ForeignWeights read_safetensors_weights(const std::filesystem::path& path) {
  data::InputFile file(path, data::Decoding::plain);
  SafetensorsHeader header = read_safetensors_header(file, AcceptedTypes::any);
  ForeignWeights weights{file.name(), {}, false};
  weights.tensors.reserve(header.tensors.size());
  for (TensorEntry& entry : header.tensors) {
    std::string bytes(entry.end - entry.begin, '\0');
    file.read_header(bytes.data(), bytes.size(), tensor_place(entry.name));
    weights.tensors.push_back({std::move(entry.name),
                               std::move(entry.shape),
                               std::string(entry.type->name),
                               floats_of(bytes, entry.type->name),
                               {}});
  }
  return weights;
}

}  // namespace isthmus::interchange
