#include <isthmus/data/atomic_file.hpp>
#include <isthmus/data/input_file.hpp>
#include <isthmus/error.hpp>
#include <isthmus/interchange/safetensors.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <boost/json/serialize.hpp>
#include <utility>

#include "data/joined.hpp"
#include "data/shapes.hpp"
#include "safetensors_header.hpp"

namespace isthmus::interchange {
namespace {

static_assert(std::endian::native == std::endian::little, "values are read and written as they lie in memory");

std::string json_string(const std::string& text) { return boost::json::serialize(boost::json::string_view(text)); }

std::string serialize_header(const TensorFile& file) {
  std::vector<std::string> items;
  if (!file.metadata.empty()) {
    const auto pair_text = [](const auto& pair) {
      return fmt::format("{}:{}", json_string(pair.first), json_string(pair.second));
    };
    items.push_back(fmt::format("\"__metadata__\":{{{}}}", data::joined(file.metadata, ",", pair_text)));
  }
  std::size_t begin = 0;
  for (const NamedTensor& tensor : file.tensors) {
    const std::size_t end = begin + tensor.values.size() * sizeof(float);
    items.push_back(fmt::format("{}:{{\"dtype\":\"F32\",\"shape\":[{}],\"data_offsets\":[{},{}]}}",
                                json_string(tensor.name), data::dimensions_text(tensor.shape, ","), begin, end));
    begin = end;
  }
  const auto same = [](const std::string& item) { return item; };
  std::string header = fmt::format("{{{}}}", data::joined(items, ",", same));
  // Padding, so that the data begin at a multiple of 8 bytes, as the format's own implementation writes them.
  header.append((8 - header.size() % 8) % 8, ' ');
  return header;
}

std::string serialize(const TensorFile& file, const std::string& name) {
  const std::string header = serialize_header(file);
  std::size_t data_size = 0;
  for (const NamedTensor& tensor : file.tensors) data_size += tensor.values.size() * sizeof(float);
  // A file that would be refused when it is read is not written.
  parse_safetensors_header(header, data_size, name, AcceptedTypes::f32);
  const auto header_size = std::bit_cast<std::array<char, 8>>(std::uint64_t{header.size()});
  std::string bytes(header_size.begin(), header_size.end());
  bytes.reserve(bytes.size() + header.size() + data_size);
  bytes += header;
  for (const NamedTensor& tensor : file.tensors) {
    bytes.append(reinterpret_cast<const char*>(tensor.values.data()), tensor.values.size() * sizeof(float));
  }
  return bytes;
}

}  // namespace

const NamedTensor* TensorFile::find(std::string_view name) const {
  const auto found =
      std::find_if(tensors.begin(), tensors.end(), [&](const NamedTensor& tensor) { return tensor.name == name; });
  return found == tensors.end() ? nullptr : &*found;
}

TensorFile read_safetensors(const std::filesystem::path& path) {
  data::InputFile file(path, data::Decoding::plain);
  SafetensorsHeader header = read_safetensors_header(file, AcceptedTypes::f32);
  TensorFile result{std::move(header.metadata), {}};
  result.tensors.reserve(header.tensors.size());
  for (TensorEntry& entry : header.tensors) {
    std::vector<float> values((entry.end - entry.begin) / sizeof(float));
    file.read_header(values.data(), values.size() * sizeof(float), tensor_place(entry.name));
    result.tensors.push_back({std::move(entry.name), std::move(entry.shape), std::move(values)});
  }
  return result;
}

std::string serialize_safetensors(const TensorFile& file) { return serialize(file, "a safetensors file"); }

void write_safetensors(const std::filesystem::path& path, const TensorFile& file) {
  data::write_atomically(path, serialize(file, path.string()));
}

}  // namespace isthmus::interchange
