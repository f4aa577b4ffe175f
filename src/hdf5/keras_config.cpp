#include "keras_config.hpp"

#include <isthmus/error.hpp>

#include <fmt/format.h>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <cctype>
#include <map>
#include <utility>

namespace isthmus::interchange {
namespace {

namespace json = boost::json;

/// `conv2d_transpose` of `Conv2DTranspose`: keras.src.utils.naming.to_snake_case.
std::string snake_case(std::string_view name) {
  const auto is = [&](std::size_t i, int (*kind)(int)) {
    return i < name.size() && kind(static_cast<unsigned char>(name[i])) != 0;
  };
  std::string result;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (!is(i, std::isalnum) && name[i] != '_') continue;
    if (i > 0 && is(i, std::isupper) && (is(i - 1, std::islower) || is(i + 1, std::islower))) result += '_';
    result += static_cast<char>(std::tolower(static_cast<unsigned char>(name[i])));
  }
  return result;
}

/// The value of a key, or nullptr.
const json::value* find(const json::value& object, std::string_view key) {
  return object.is_object() ? object.get_object().if_contains(key) : nullptr;
}
std::string text_of(const json::value* value) {
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// The layers of a container are numbered by their classes, from the second of each on.
std::vector<KerasLayer> layers_of(const json::value& model) {
  std::vector<KerasLayer> list;
  const json::value* const config = find(model, "config");
  const json::value* const layers = config == nullptr ? nullptr : find(*config, "layers");
  if (layers == nullptr || !layers->is_array()) return list;
  std::map<std::string, int> seen;
  for (const json::value& layer : layers->get_array()) {
    const json::value* const its_config = find(layer, "config");
    if (its_config == nullptr) continue;
    std::string key = snake_case(text_of(find(layer, "class_name")));
    if (const int number = seen[key]++; number > 0) key += fmt::format("_{}", number);
    list.push_back({std::move(key), text_of(find(*its_config, "name")), layers_of(layer)});
  }
  std::sort(list.begin(), list.end(), [](const KerasLayer& a, const KerasLayer& b) { return a.key < b.key; });
  return list;
}

}  // namespace

KerasLayer parse_keras_config(std::string_view text, const std::string& file) {
  json::parse_options options;
  options.max_depth = 256;
  json::error_code error;
  const json::value config = json::parse(text, error, {}, options);
  if (error) throw FileError(file, "", "valid JSON", error.message());
  return {.layers = layers_of(config)};
}

std::string name_at(const KerasLayer& model, std::string_view path) {
  constexpr std::string_view container = "layers/";
  const KerasLayer* layer = &model;
  while (path.starts_with(container)) {
    path.remove_prefix(container.size());
    const std::string_view key = path.substr(0, path.find('/'));
    const auto found =
        std::lower_bound(layer->layers.begin(), layer->layers.end(), key,
                         [](const KerasLayer& one, std::string_view wanted) { return one.key < wanted; });
    if (found == layer->layers.end() || found->key != key) return "";
    if (key.size() == path.size()) return found->name;
    layer = &*found;
    path.remove_prefix(key.size() + 1);
  }
  return "";
}

}  // namespace isthmus::interchange
