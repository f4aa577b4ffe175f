// safetensors, the format of saved models: named tensors of floats and a map of strings. A file is read only
// if it is right in every byte, so that a damaged or hostile one cannot become a model. Source: Hugging Face,
// "Safetensors", section "Format". Of the types of numbers only F32 is used.
#pragma once

#include <isthmus/named_tensor.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::interchange {

/// The contents of a file: metadata, and the tensors in the order of their data; empty ones at the same place by
/// name.
struct TensorFile {
  std::map<std::string, std::string> metadata;
  std::vector<NamedTensor> tensors;

  /// The tensor of that name, or nullptr.
  const NamedTensor* find(std::string_view name) const;
};

/// Reads a file. NaN and infinity pass: what they mean is the caller's to say. Throws FileError naming the
/// tensor or the byte, and what was expected there; takes no more memory than about the file's size.
TensorFile read_safetensors(const std::filesystem::path& path);

/// The bytes of a file that read_safetensors reads back the same. Throws FileError if there can be none: a
/// shape that does not have as many values as its tensor, a name used twice, text that is not UTF-8.
std::string serialize_safetensors(const TensorFile& file);

/// Writes the file atomically. Throws FileError as serialize_safetensors does, or if it cannot be written.
void write_safetensors(const std::filesystem::path& path, const TensorFile& file);

}  // namespace isthmus::interchange
