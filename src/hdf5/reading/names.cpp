#include "names.hpp"

#include "text.hpp"

namespace isthmus::interchange {

std::string object_place(std::string_view object) { return in_quotes(object, longest_path); }

std::string data_set_place(std::string_view path) { return "data set " + object_place(path); }

std::string attribute_place(std::string_view object, std::string_view name) {
  return object_place(object) + ", attribute " + object_place(name);
}

}  // namespace isthmus::interchange
