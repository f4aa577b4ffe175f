// A trained model as a file: its parameters in safetensors, with metadata that say which graph they belong
// to, which part of it, and in which version of this layout.
#pragma once

#include <isthmus/named_tensor.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::interchange {

/// The part of its graph that a file holds.
enum class ModelRole {
  autoencoder,  ///< every parameter
  encoder,      ///< the parameters before the bottleneck
  decoder,      ///< those after it
  checkpoint,   ///< every parameter and the optimizer's states: training goes on from it
};

/// `autoencoder`, `encoder`, `decoder`, `checkpoint`.
std::string_view name_of(ModelRole role);

/// A model outside the library.
struct ModelFile {
  std::string graph;  ///< the name under which the model is registered
  ModelRole role = ModelRole::autoencoder;
  /// Further metadata, such as the epoch; the keys format, version, graph and role are taken.
  std::map<std::string, std::string> details;
  std::vector<NamedTensor> tensors;
};

/// Reads a model's file. Throws FileError as read_safetensors does, and naming the key if the metadata are
/// not those of an Isthmus model; NumberError, naming tensor and position, for NaN or infinity.
ModelFile read_model(const std::filesystem::path& path);

/// Writes it atomically. Throws FileError; NumberError as read_model does, so that no file is written that
/// could not be read.
void write_model(const std::filesystem::path& path, const ModelFile& model);

/// A detail that must be there: `steps`, a whole number from 0. Throws FileError naming `path` and the key.
std::int64_t whole_number_detail(const ModelFile& model, const std::string& path, const std::string& key);

}  // namespace isthmus::interchange
