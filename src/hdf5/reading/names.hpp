// The names, in messages, of the objects in a file of data sets.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace isthmus::interchange {

/// An object, a data set, an attribute.
std::string object_place(std::string_view object);
std::string data_set_place(std::string_view path);
std::string attribute_place(std::string_view object, std::string_view name);

/// The most bytes of a path that are shown.
inline constexpr std::size_t longest_path = 200;

}  // namespace isthmus::interchange
