// Attributes of objects in an HDF5 file.
#include "open_file.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace isthmus::interchange {

/// An attribute, or none if the object has none of this name.
Handle OpenFile::find_attribute(const std::string& object, const std::string& name) const {
  const htri_t there = H5Aexists_by_name(file_.id(), object.c_str(), name.c_str(), within_.id());
  if (there < 0)
    throw FileError(name_, object_place(object), "a group or data set of this name", "none");
  if (there == 0) return Handle();
  Handle found(H5Aopen_by_name(file_.id(), object.c_str(), name.c_str(), H5P_DEFAULT, within_.id()));
  if (!found || H5Aget_storage_size(found.id()) > size_)
    throw wrong_attribute(object, name, "readable data", "damage");
  return found;
}

FileError OpenFile::wrong_attribute(const std::string& object, const std::string& name,
                                    const std::string& expected, const std::string& found) const {
  return FileError(name_, attribute_place(object, name), expected, found);
}

std::optional<std::vector<std::string>> OpenFile::texts(const std::string& object, const std::string& attribute) {
  const QuietErrors quiet;
  return find_texts(object, attribute);
}

std::optional<std::vector<std::string>> OpenFile::find_texts(const std::string& object,
                                                             const std::string& attribute) const {
  const Handle found = find_attribute(object, attribute);
  if (!found) return std::nullopt;
  const Handle type(H5Aget_type(found.id())), space(H5Aget_space(found.id()));
  const auto wrong = [&](const char* expected, const std::string& what) {
    return wrong_attribute(object, attribute, expected, what);
  };
  const hssize_t points = H5Sget_simple_extent_npoints(space.id());
  // What Keras writes for an empty list has some other type.
  if (points == 0) return std::vector<std::string>();
  if (H5Tget_class(type.id()) != H5T_STRING) throw wrong("strings", "something else");
  const auto count = static_cast<std::size_t>(std::max<hssize_t>(points, 0));
  // Each takes at least a byte of an attribute that is not larger than the file.
  if (count > size_) throw wrong("as many strings as the file has room for", fmt::format("{}", count));
  std::vector<std::string> texts(count);
  if (H5Tis_variable_str(type.id()) > 0) {
    std::vector<char*> pointers(count, nullptr);
    if (H5Aread(found.id(), type.id(), pointers.data()) < 0) throw wrong("readable data", hdf5_reason());
    std::transform(pointers.begin(), pointers.end(), texts.begin(),
                   [](const char* text) { return text == nullptr ? std::string() : std::string(text); });
    H5Dvlen_reclaim(type.id(), space.id(), H5P_DEFAULT, pointers.data());
    return texts;
  }
  const std::size_t length = H5Tget_size(type.id());
  if (length == 0 || count > size_ / length)
    throw wrong("as many strings as the file has room for", fmt::format("{} of {} bytes", count, length));
  std::string all(count * length, '\0');
  if (H5Aread(found.id(), type.id(), all.data()) < 0) throw wrong("readable data", hdf5_reason());
  const bool by_spaces = H5Tget_strpad(type.id()) == H5T_STR_SPACEPAD;
  for (std::size_t i = 0; i < count; ++i) {
    std::string& text = texts[i] = all.substr(i * length, length);
    if (by_spaces) text.erase(text.find_last_not_of(' ') + 1);
    else text.erase(std::min(text.find('\0'), text.size()));
  }
  return texts;
}

std::optional<double> OpenFile::number(const std::string& object, const std::string& attribute) {
  const QuietErrors quiet;
  const Handle found = find_attribute(object, attribute);
  if (!found) return std::nullopt;
  const Handle type(H5Aget_type(found.id())), space(H5Aget_space(found.id()));
  const H5T_class_t kind = H5Tget_class(type.id());
  double value = 0;
  if ((kind != H5T_INTEGER && kind != H5T_FLOAT) || H5Sget_simple_extent_npoints(space.id()) != 1 ||
      H5Aread(found.id(), H5T_NATIVE_DOUBLE, &value) < 0)
    throw wrong_attribute(object, attribute, "one number", "something else");
  return value;
}

}  // namespace isthmus::interchange
