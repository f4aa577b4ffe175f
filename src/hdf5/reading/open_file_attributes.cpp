// Attributes of objects in an HDF5 file.
#include <fmt/format.h>

#include <algorithm>

#include "open_file.hpp"

namespace isthmus::interchange {

/// An attribute, or none if the object has none of this name.
Handle OpenFile::find_attribute(const std::string& object, const std::string& name) const {
  const htri_t there = H5Aexists_by_name(file_.id(), object.c_str(), name.c_str(), within_.id());
  if (there < 0) {
    const std::string link = where_link_leads(file_.id(), within_.id(), object);
    throw FileError(source_.name, object_place(object), "a group or data set of this name",
                    link.empty() ? "none" : link);
  }
  if (there == 0) return Handle();
  Handle found(H5Aopen_by_name(file_.id(), object.c_str(), name.c_str(), H5P_DEFAULT, within_.id()));
  if (!found || H5Aget_storage_size(found.id()) > source_.size)
    throw wrong_attribute(object, name, "readable data", "damage");
  return found;
}

FileError OpenFile::wrong_attribute(const std::string& object, const std::string& name,
                                    const std::string& expected, const std::string& found) const {
  return FileError(source_.name, attribute_place(object, name), expected, found);
}

std::optional<std::vector<std::string>> OpenFile::texts(const std::string& object, const std::string& attribute) {
  const QuietErrors quiet;
  const Handle found = find_attribute(object, attribute);
  return found ? std::optional(texts_of(found, object, attribute)) : std::nullopt;
}

std::vector<std::string> OpenFile::texts_of(const Handle& attribute, const std::string& object,
                                            const std::string& name) const {
  const Handle type(H5Aget_type(attribute.id())), space(H5Aget_space(attribute.id()));
  const auto wrong = [&](const char* expected, const std::string& what) {
    return wrong_attribute(object, name, expected, what);
  };
  const hssize_t points = H5Sget_simple_extent_npoints(space.id());
  // Keras writes an empty list with a type other than strings.
  if (points == 0) return {};
  if (H5Tget_class(type.id()) != H5T_STRING) throw wrong("strings", "something else");
  const auto count = static_cast<std::size_t>(std::max<hssize_t>(points, 0));
  // Each takes at least a byte of an attribute that is not larger than the file.
  if (count > source_.size) throw wrong("as many strings as the file has room for", fmt::format("{}", count));
  std::vector<std::string> texts(count);
  if (H5Tis_variable_str(type.id()) > 0) {
    std::vector<char*> pointers(count, nullptr);
    if (H5Aread(attribute.id(), type.id(), pointers.data()) < 0) throw wrong("readable data", hdf5_reason());
    std::transform(pointers.begin(), pointers.end(), texts.begin(),
                   [](const char* text) { return text == nullptr ? std::string() : std::string(text); });
    H5Dvlen_reclaim(type.id(), space.id(), H5P_DEFAULT, pointers.data());
    return texts;
  }
  const std::size_t length = H5Tget_size(type.id());
  if (length == 0 || count > source_.size / length)
    throw wrong("as many strings as the file has room for", fmt::format("{} of {} bytes", count, length));
  std::string all(count * length, '\0');
  if (H5Aread(attribute.id(), type.id(), all.data()) < 0) throw wrong("readable data", hdf5_reason());
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

/// The numbers of an attribute, exactly: 64-bit integers are no doubles.
Numbers OpenFile::numbers_of(const Handle& attribute, const std::string& object, const std::string& name) const {
  const Handle type(H5Aget_type(attribute.id())), space(H5Aget_space(attribute.id()));
  const auto stored = stored_type_of(type.id());
  const hssize_t points = H5Sget_simple_extent_npoints(space.id());
  if (!stored || points < 0) throw wrong_attribute(object, name, "numbers", "something else");
  const auto count = static_cast<std::size_t>(points);
  if (count > source_.size)
    throw wrong_attribute(object, name, "as many numbers as the file has room for", "more");
  Numbers numbers{*stored};
  const auto take = [&](auto value, hid_t memory_type) {
    std::vector<decltype(value)> values(count);
    if (count > 0 && H5Aread(attribute.id(), memory_type, values.data()) < 0)
      throw wrong_attribute(object, name, "readable data", hdf5_reason());
    numbers.values.assign(values.begin(), values.end());
  };
  if (*stored >= StoredType::f32) take(double{}, H5T_NATIVE_DOUBLE);
  else if (H5Tget_sign(type.id()) == H5T_SGN_NONE) take(std::uint64_t{}, H5T_NATIVE_UINT64);
  else take(std::int64_t{}, H5T_NATIVE_INT64);
  return numbers;
}

Unpacking OpenFile::unpacking_of(const std::string& dataset, StoredType type) const {
  const AttributeReader attributes{
      [&](const char* name) {
        const Handle found = find_attribute(dataset, name);
        return found ? std::optional(numbers_of(found, dataset, name)) : std::nullopt;
      },
      [&](const char* name) -> std::optional<std::string> {
        const Handle found = find_attribute(dataset, name);
        if (!found || H5Tget_class(Handle(H5Aget_type(found.id())).id()) != H5T_STRING) return std::nullopt;
        const auto texts = texts_of(found, dataset, name);
        return texts.size() == 1 ? std::optional(texts[0]) : std::nullopt;
      }};
  // NetCDF writes these attributes for a data set's dimensions.
  const bool by_netcdf =
      by_netcdf_ || find_attribute(dataset, "DIMENSION_LIST") || find_attribute(dataset, "_Netcdf4Dimid");
  try {
    return Unpacking(type, by_netcdf, attributes);
  } catch (const BadAttribute& bad) {
    throw wrong_attribute(dataset, bad.name, bad.expected, bad.found);
  }
}

}  // namespace isthmus::interchange
