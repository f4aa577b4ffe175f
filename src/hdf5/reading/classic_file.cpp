#include "classic_file.hpp"

#include <fmt/format.h>
#include <netcdf.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>

#include "classic_name.hpp"
#include "classic_size.hpp"
#include "names.hpp"

namespace isthmus::interchange {
namespace {

/// The type of stored numbers; nothing for characters.
std::optional<StoredType> stored_type_of(nc_type type) {
  switch (type) {
    case NC_BYTE: return StoredType::i8;
    case NC_UBYTE: return StoredType::u8;
    case NC_SHORT: return StoredType::i16;
    case NC_USHORT: return StoredType::u16;
    case NC_INT: return StoredType::i32;
    case NC_UINT: return StoredType::u32;
    case NC_INT64: return StoredType::i64;
    case NC_UINT64: return StoredType::u64;
    case NC_FLOAT: return StoredType::f32;
    case NC_DOUBLE: return StoredType::f64;
    default: return std::nullopt;
  }
}

}  // namespace

ClassicFile::ClassicFile(FileToOpen file) : source_(std::move(file)) {
  // The library takes a name with a scheme for an address; no absolute path has one.
  std::error_code unknown;
  const std::filesystem::path path = std::filesystem::absolute(source_.name, unknown);
  require(nc_open(path.c_str(), NC_NOWRITE, &id_), "");
  try {
    require_whole();
  } catch (...) {
    nc_close(id_);
    throw;
  }
}

ClassicFile::~ClassicFile() { nc_close(id_); }

void ClassicFile::require(int status, const std::string& place) const {
  if (status == NC_NOERR) return;
  throw FileError(source_.name, place, "an intact NetCDF file", fmt::format("damage: {}", nc_strerror(status)));
}

FileError ClassicFile::wrong(const std::string& dataset, const std::string& expected,
                             const std::string& found) const {
  return FileError(source_.name, data_set_place(dataset), expected, found);
}

/// Throws FileError if the file is too short: the library would read missing bytes as zeros.
void ClassicFile::require_whole() const {
  const auto size = least_size(id_, source_.size);
  if (!size) throw FileError(source_.name, "", "an intact NetCDF file", "damage: a header of impossible sizes");
  if (*size > source_.size)
    throw FileError(source_.name, "", fmt::format("{} bytes, as its header has it", *size),
                    fmt::format("{}", source_.size));
}

std::vector<std::string> ClassicFile::datasets() {
  int count = 0;
  require(nc_inq_nvars(id_, &count), "");
  std::vector<std::string> paths;
  const std::unique_ptr<char[]> name = room_for_name(source_.size);
  for (int i = 0; i < count; ++i) {
    require(nc_inq_varname(id_, i, name.get()), "");
    paths.push_back(fmt::format("/{}", name.get()));
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// The number of a variable, or of the file itself; nothing if there is no variable of this name.
std::optional<int> ClassicFile::find(const std::string& object) const {
  if (object == "/") return NC_GLOBAL;
  int id = 0;
  const std::string name = object.substr(object.starts_with('/') ? 1 : 0);
  return nc_inq_varid(id_, name.c_str(), &id) == NC_NOERR ? std::optional(id) : std::nullopt;
}

const ClassicFile::Variable& ClassicFile::open(const std::string& dataset) {
  if (last_ && last_->path == dataset) return *last_;
  last_.reset();
  const auto id = find(dataset);
  if (!id || *id == NC_GLOBAL) throw wrong(dataset, "a data set of this name", known_names(datasets()));
  Variable variable{dataset, *id, {}, {}};
  nc_type stored{};
  int rank = 0;
  require(nc_inq_vartype(id_, *id, &stored), data_set_place(dataset));
  const auto type = stored_type_of(stored);
  if (!type) throw wrong(dataset, "integers or floating-point numbers", "characters");
  require(nc_inq_varndims(id_, *id, &rank), data_set_place(dataset));
  std::vector<int> dimensions(static_cast<std::size_t>(rank));
  require(nc_inq_vardimid(id_, *id, dimensions.data()), data_set_place(dataset));
  for (const int dimension : dimensions) {
    std::size_t length = 0;
    require(nc_inq_dimlen(id_, dimension, &length), data_set_place(dataset));
    if (!std::in_range<std::int64_t>(length))
      throw wrong(dataset, "dimensions below 2^63", fmt::format("{}", length));
    variable.shape.push_back(static_cast<std::int64_t>(length));
  }
  const AttributeReader attributes{
      [&](const char* name) { return numbers(*id, dataset, name); },
      [&](const char* name) { return text(*id, dataset, name); },
  };
  try {
    variable.unpacking = Unpacking(*type, true, attributes);
  } catch (const BadAttribute& bad) {
    throw FileError(source_.name, attribute_place(dataset, bad.name), bad.expected, bad.found);
  }
  return last_.emplace(std::move(variable));
}

Hdf5Info ClassicFile::info(const std::string& dataset) {
  const Variable& variable = open(dataset);
  return {variable.shape, variable.is_bytes(), variable.unpacking.may_be_missing()};
}

Selection ClassicFile::select(const std::string& dataset, const std::optional<Rows>& rows, bool as_bytes) {
  const Variable& variable = open(dataset);
  if (as_bytes && !variable.is_bytes()) throw wrong(dataset, "unsigned integers of 8 bits", "other numbers");
  // The file has been found to be as large as all of its variables.
  Selection selection = selection_of(
      variable.shape, rows,
      [&](const std::string& expected, const std::string& found) { return wrong(dataset, expected, found); });
  // The stored values, and a copy of them in the library.
  selection.memory = 2 * sizeof(double) * static_cast<std::uint64_t>(selection.piece_values());
  return selection;
}

void ClassicFile::read(const std::string& dataset, const Selection& selection, std::span<float> values) {
  if (values.empty()) return;
  const Variable& variable = open(dataset);
  const Unpacking& unpacking = variable.unpacking;
  if (unpacking.type() == StoredType::f32) {
    read_stored(variable, selection.rows, values.data(), values.size());
    return unpacking.unpack(values.data(), values.size(), values.data());
  }
  std::vector<std::byte> stored(values.size() * size_of(unpacking.type()));
  read_stored(variable, selection.rows, stored.data(), values.size());
  unpacking.unpack(stored.data(), values.size(), values.data());
}

void ClassicFile::read(const std::string& dataset, const Selection& selection, std::span<std::uint8_t> values) {
  if (values.empty()) return;
  const Variable& variable = open(dataset);
  if (!variable.is_bytes()) throw wrong(dataset, "unsigned integers of 8 bits", "other numbers");
  read_stored(variable, selection.rows, values.data(), values.size());
}

/// The rows, `size` values, in the type that they are stored in.
void ClassicFile::read_stored(const Variable& variable, const Rows& rows, void* values, std::size_t size) const {
  std::vector<std::size_t> start(variable.shape.size(), 0), counts(variable.shape.begin(), variable.shape.end());
  if (!counts.empty()) {
    start[0] = static_cast<std::size_t>(rows.first);
    counts[0] = static_cast<std::size_t>(rows.count);
  }
  std::size_t selected = 1;
  for (const std::size_t count : counts) selected *= count;
  // The buffer's size is not from this moment.
  if (selected != size)
    throw wrong(variable.path, fmt::format("{} values, as when it was selected", size),
                fmt::format("{}", selected));
  require(nc_get_vara(id_, variable.id, start.data(), counts.data(), values), data_set_place(variable.path));
}

std::optional<std::vector<std::string>> ClassicFile::texts(const std::string& object,
                                                           const std::string& attribute) {
  const int variable = require_object(object);
  int number = 0;
  if (nc_inq_attid(id_, variable, attribute.c_str(), &number) == NC_ENOTATT) return std::nullopt;
  auto found = text(variable, object, attribute.c_str());
  if (!found) throw FileError(source_.name, attribute_place(object, attribute), "strings", "something else");
  return std::vector{std::move(*found)};
}

std::optional<double> ClassicFile::number(const std::string& object, const std::string& attribute) {
  const auto found = numbers(require_object(object), object, attribute.c_str());
  if (!found) return std::nullopt;
  if (found->values.size() != 1)
    throw FileError(source_.name, attribute_place(object, attribute), "one number", "something else");
  return as_double(found->values[0]);
}

int ClassicFile::require_object(const std::string& object) const {
  const auto found = find(object);
  if (!found) throw FileError(source_.name, object_place(object), "a group or data set of this name", "none");
  return *found;
}

/// The type and the length of an attribute; nothing if there is none.
std::optional<std::pair<int, std::size_t>> ClassicFile::attribute(int variable, const std::string& object,
                                                                  const char* name) const {
  nc_type type{};
  std::size_t length = 0;
  const int status = nc_inq_att(id_, variable, name, &type, &length);
  if (status == NC_ENOTATT || status == NC_EBADNAME) return std::nullopt;
  require(status, attribute_place(object, name));
  return std::pair(int{type}, length);
}

std::optional<Numbers> ClassicFile::numbers(int variable, const std::string& object, const char* name) const {
  const auto found = attribute(variable, object, name);
  if (!found) return std::nullopt;
  const auto type = stored_type_of(found->first);
  const std::string place = attribute_place(object, name);
  if (!type) throw FileError(source_.name, place, "numbers", "characters");
  Numbers numbers{*type};
  const auto take = [&](auto value, auto get) {
    std::vector<decltype(value)> values(found->second);
    require(get(id_, variable, name, values.data()), place);
    numbers.values.assign(values.begin(), values.end());
  };
  if (*type >= StoredType::f32) {
    take(double{}, nc_get_att_double);
  } else if (*type == StoredType::u64) {
    take(static_cast<unsigned long long>(0), nc_get_att_ulonglong);
  } else {
    take(static_cast<long long>(0), nc_get_att_longlong);
  }
  return numbers;
}

/// The text of an attribute; nothing if there is none, or if it is no text.
std::optional<std::string> ClassicFile::text(int variable, const std::string& object, const char* name) const {
  const auto found = attribute(variable, object, name);
  if (!found || found->first != NC_CHAR) return std::nullopt;
  std::string text(found->second, '\0');
  require(nc_get_att_text(id_, variable, name, text.data()), attribute_place(object, name));
  // Some writers count the end of a string in C.
  while (text.ends_with('\0')) text.pop_back();
  return text;
}

}  // namespace isthmus::interchange
