#include <isthmus/error.hpp>
#include <isthmus/interchange/model_file.hpp>
#include <isthmus/interchange/safetensors.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "text.hpp"

namespace isthmus::interchange {
namespace {

constexpr const char* format_name = "isthmus";
constexpr const char* format_version = "1";
constexpr std::array roles{ModelRole::autoencoder, ModelRole::encoder, ModelRole::decoder, ModelRole::checkpoint};

std::optional<ModelRole> role_of(std::string_view name) {
  const auto found =
      std::find_if(roles.begin(), roles.end(), [&](ModelRole role) { return name_of(role) == name; });
  return found == roles.end() ? std::nullopt : std::optional(*found);
}

/// Removes a key from the metadata and gives its text.
std::string take(std::map<std::string, std::string>& metadata, const char* key, const std::string& expected,
                 const std::string& file) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) throw FileError(file, fmt::format("metadata, {}", key), expected, "none");
  std::string text = std::move(found->second);
  metadata.erase(found);
  return text;
}

void require_text(std::map<std::string, std::string>& metadata, const char* key, const char* expected,
                  const std::string& file) {
  const std::string quoted = fmt::format("'{}'", expected);
  const std::string found = take(metadata, key, quoted, file);
  if (found != expected) throw FileError(file, fmt::format("metadata, {}", key), quoted, in_quotes(found));
}

void require_finite(const std::vector<NamedTensor>& tensors, const std::string& file) {
  for (const NamedTensor& tensor : tensors) {
    const auto bad =
        std::find_if(tensor.values.begin(), tensor.values.end(), [](float x) { return !std::isfinite(x); });
    if (bad == tensor.values.end()) continue;
    throw NumberError(fmt::format("{}: tensor {}, position {}: expected a finite number, found {}", file,
                                  in_quotes(tensor.name), bad - tensor.values.begin(), *bad));
  }
}

}  // namespace

std::string_view name_of(ModelRole role) {
  switch (role) {
    case ModelRole::autoencoder: return "autoencoder";
    case ModelRole::encoder: return "encoder";
    case ModelRole::decoder: return "decoder";
    case ModelRole::checkpoint: return "checkpoint";
  }
  return "?";
}

ModelFile read_model(const std::filesystem::path& path) {
  const std::string file = path.string();
  TensorFile content = read_safetensors(path);
  require_text(content.metadata, "format", format_name, file);
  require_text(content.metadata, "version", format_version, file);
  ModelFile model;
  model.graph = take(content.metadata, "graph", "a graph's name", file);
  const char* const expected = "autoencoder, encoder, decoder or checkpoint";
  const std::string role = take(content.metadata, "role", expected, file);
  const auto known = role_of(role);
  if (!known) throw FileError(file, "metadata, role", expected, in_quotes(role));
  model.role = *known;
  model.details = std::move(content.metadata);
  model.tensors = std::move(content.tensors);
  require_finite(model.tensors, file);
  return model;
}

void write_model(const std::filesystem::path& path, const ModelFile& model) {
  require_finite(model.tensors, path.string());
  TensorFile content{model.details, model.tensors};
  const std::map<std::string, std::string> identity{{"format", format_name},
                                                    {"version", format_version},
                                                    {"graph", model.graph},
                                                    {"role", std::string(name_of(model.role))}};
  for (const auto& [key, value] : identity) content.metadata.insert_or_assign(key, value);
  write_safetensors(path, content);
}

std::int64_t whole_number_detail(const ModelFile& model, const std::string& path, const std::string& key) {
  const auto found = model.details.find(key);
  const std::string text = found == model.details.end() ? "" : found->second;
  std::int64_t number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number >= 0) return number;
  throw FileError(path, fmt::format("metadata, {}", key), "a whole number",
                  found == model.details.end() ? "none" : in_quotes(text));
}

}  // namespace isthmus::interchange
