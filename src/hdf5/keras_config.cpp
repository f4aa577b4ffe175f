#include "keras_config.hpp"

#include <isthmus/error.hpp>

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <cctype>

namespace isthmus::interchange {
namespace {

namespace json = boost::json;
using Names = std::map<std::string, std::string>;

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

/// Of the layers of a model, whose weights are below `path`: numbered by their classes, from the second of each on.
void add_names(const json::value& model, const std::string& path, Names& names) {
  const json::value* const config = find(model, "config");
  const json::value* const layers = config == nullptr ? nullptr : find(*config, "layers");
  if (layers == nullptr || !layers->is_array()) return;
  std::map<std::string, int> seen;
  for (const json::value& layer : layers->get_array()) {
    const std::string kind = snake_case(text_of(find(layer, "class_name")));
    const int number = seen[kind]++;
    const std::string place = fmt::format("{}layers/{}", path, number == 0 ? kind : fmt::format("{}_{}", kind, number));
    const json::value* const its_config = find(layer, "config");
    if (its_config != nullptr) names.emplace(place, text_of(find(*its_config, "name")));
    add_names(layer, place + "/", names);
  }
}

}  // namespace

Names keras_layer_names(std::string_view text, const std::string& file) {
  json::parse_options options;
  options.max_depth = 256;
  json::error_code error;
  const json::value config = json::parse(text, error, {}, options);
  if (error) throw FileError(file, "", "valid JSON", error.message());
  Names names;
  add_names(config, "", names);
  return names;
}

}  // namespace isthmus::interchange
