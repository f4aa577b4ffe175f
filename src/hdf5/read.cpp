#include <isthmus/data/input_file.hpp>
#include <isthmus/error.hpp>
#include <isthmus/interchange/hdf5.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "data/joined.hpp"
#include "data/shapes.hpp"
#include "handle.hpp"

namespace isthmus::interchange {
namespace {

std::string data_set_place(const std::string& dataset) { return fmt::format("data set '{}'", shown(dataset)); }

std::string kind_of(H5T_class_t type) {
  switch (type) {
    case H5T_STRING: return "strings";
    case H5T_COMPOUND: return "records";
    case H5T_ENUM: return "an enumeration";
    case H5T_BITFIELD: return "bit fields";
    case H5T_VLEN: return "rows of different lengths";
    default: return "another type";
  }
}

/// 16-bit floats, which HDF5 1.10 has no name for.
Handle half_of(hid_t single) {
  Handle half(H5Tcopy(single));
  H5Tset_fields(half.id(), 15, 10, 5, 0, 10);
  H5Tset_size(half.id(), 2);
  H5Tset_ebias(half.id(), 15);
  return half;
}

/// Whether numbers are stored as processors have them. A file can describe any other form, such as an exponent
/// that lies outside of its number, and what HDF5 does with those is not to be relied on.
bool is_usual(hid_t type) {
  const hid_t known[] = {H5T_STD_I8LE,   H5T_STD_I8BE,   H5T_STD_U8LE,   H5T_STD_U8BE,   H5T_STD_I16LE,
                         H5T_STD_I16BE,  H5T_STD_U16LE,  H5T_STD_U16BE,  H5T_STD_I32LE,  H5T_STD_I32BE,
                         H5T_STD_U32LE,  H5T_STD_U32BE,  H5T_STD_I64LE,  H5T_STD_I64BE,  H5T_STD_U64LE,
                         H5T_STD_U64BE,  H5T_IEEE_F32LE, H5T_IEEE_F32BE, H5T_IEEE_F64LE, H5T_IEEE_F64BE};
  for (const hid_t one : known)
    if (H5Tequal(type, one) > 0) return true;
  for (const hid_t single : {H5T_IEEE_F32LE, H5T_IEEE_F32BE})
    if (H5Tequal(type, half_of(single).id()) > 0) return true;
  return false;
}

std::vector<hsize_t> extents_of(hid_t space) {
  const int rank = H5Sget_simple_extent_ndims(space);
  std::vector<hsize_t> extents(static_cast<std::size_t>(std::max(rank, 0)));
  if (rank > 0) H5Sget_simple_extent_dims(space, extents.data(), nullptr);
  return extents;
}

/// A data set, open, and what is known of it.
struct OpenData {
  Handle data, type, space;
  std::vector<std::int64_t> shape;
  bool is_bytes = false;
};

}  // namespace

struct Hdf5File::Open {
  std::string name;
  std::uint64_t size = 0;
  Handle file;
  Handle within = within_file();

  /// For opening by path: a link into another file leads nowhere.
  static Handle within_file() {
    Handle access(H5Pcreate(H5P_LINK_ACCESS));
    const auto refuse = [](const char*, const char*, const char*, const char*, unsigned*, hid_t, void*) -> herr_t {
      return -1;
    };
    H5Pset_elink_cb(access.id(), refuse, nullptr);
    return access;
  }

  FileError wrong(const std::string& dataset, const std::string& expected, const std::string& found) const {
    return FileError(name, data_set_place(dataset), expected, found);
  }
  FileError unreadable(const std::string& dataset) const {
    return wrong(dataset, "readable data", fmt::format("damage: {}", hdf5_reason()));
  }

  std::vector<std::string> datasets() const {
    std::vector<std::string> paths;
    const auto take = [](hid_t, const char* path, const H5O_info_t* object, void* list) -> herr_t {
      if (object->type == H5O_TYPE_DATASET)
        static_cast<std::vector<std::string>*>(list)->push_back(fmt::format("/{}", path));
      return 0;
    };
    if (H5Ovisit2(file.id(), H5_INDEX_NAME, H5_ITER_NATIVE, take, &paths, H5O_INFO_BASIC) < 0)
      throw FileError(name, "", "an intact HDF5 file", fmt::format("damage: {}", hdf5_reason()));
    std::sort(paths.begin(), paths.end());
    return paths;
  }

  /// What of this file could have been meant.
  std::string known() const {
    std::vector<std::string> paths = datasets();
    constexpr std::size_t most = 8;
    const bool more = paths.size() > most;
    paths.resize(std::min(paths.size(), most));
    const std::string list = data::joined(paths, ", ", [](const std::string& path) { return shown(path); });
    return list.empty() ? "a file without any" : fmt::format("none; there are {}{}", list, more ? ", …" : "");
  }

  OpenData open(const std::string& dataset) const {
    OpenData set;
    const Handle object(dataset.empty() ? H5I_INVALID_HID : H5Oopen(file.id(), dataset.c_str(), within.id()));
    if (!object || H5Iget_type(object.id()) != H5I_DATASET)
      throw wrong(dataset, "a data set of this name", known());
    set.data = Handle(H5Dopen2(object.id(), ".", H5P_DEFAULT));
    if (!set.data) throw unreadable(dataset);
    set.type = Handle(H5Dget_type(set.data.id()));
    set.space = Handle(H5Dget_space(set.data.id()));
    const H5T_class_t kind = H5Tget_class(set.type.id());
    if (kind != H5T_INTEGER && kind != H5T_FLOAT)
      throw wrong(dataset, "integers or floating-point numbers", kind_of(kind));
    if (!is_usual(set.type.id()))
      throw wrong(dataset, "numbers of 8 to 64 bits in a usual form",
                  fmt::format("{} bytes in another", H5Tget_size(set.type.id())));
    if (H5Sget_simple_extent_type(set.space.id()) == H5S_NULL) throw wrong(dataset, "values", "none");
    set.is_bytes =
        kind == H5T_INTEGER && H5Tget_size(set.type.id()) == 1 && H5Tget_sign(set.type.id()) == H5T_SGN_NONE;
    for (const hsize_t extent : extents_of(set.space.id())) {
      if (extent > hsize_t{std::numeric_limits<std::int64_t>::max()})
        throw wrong(dataset, "dimensions below 2^63", fmt::format("{}", extent));
      set.shape.push_back(static_cast<std::int64_t>(extent));
    }
    return set;
  }

  /// Throws unless the file can hold so many values of the data set: as many as its data are stored in, or, if they
  /// are stored in chunks, which may be compressed, as these can expand to.
  std::size_t checked_count(const OpenData& set, const std::string& dataset,
                            std::span<const std::int64_t> shape) const {
    const auto count = data::value_count(shape);
    if (!count) throw wrong(dataset, "dimensions whose product is below 2^63", data::shape_text(shape));
    // Deflate's largest ratio (zlib's technical details): a match of 258 bytes in 2 bits.
    constexpr std::uint64_t largest_ratio = 1032;
    const Handle properties(H5Dget_create_plist(set.data.id()));
    const H5D_layout_t layout = H5Pget_layout(properties.id());
    if (layout == H5D_VIRTUAL || H5Pget_external_count(properties.id()) != 0)
      throw wrong(dataset, "data in this file", "data in others");
    const bool chunked = layout == H5D_CHUNKED;
    const std::uint64_t stored = H5Dget_storage_size(set.data.id());
    // HDF5 takes memory for a compressed chunk by what the file says of its size.
    if (stored > size) throw wrong(dataset, fmt::format("at most {} bytes stored", size), fmt::format("{}", stored));
    const std::uint64_t most = chunked ? stored * largest_ratio : stored;
    // What is in one piece is there as a whole, also if only some rows are wanted: HDF5 does not look.
    const std::span<const std::int64_t> there = chunked ? shape : std::span<const std::int64_t>(set.shape);
    if (data::value_count(there).value_or(std::numeric_limits<std::uint64_t>::max()) >
        most / H5Tget_size(set.type.id()))
      throw wrong(dataset, fmt::format("data of shape {}", data::shape_text(there)),
                  fmt::format("{} bytes stored", stored));
    if (chunked) require_whole_chunk(set, dataset, properties.id(), most);
    return static_cast<std::size_t>(*count);
  }

  /// Throws if a single chunk, for which HDF5 takes memory as a whole, is of more than `most` bytes.
  void require_whole_chunk(const OpenData& set, const std::string& dataset, hid_t properties,
                           std::uint64_t most) const {
    std::vector<hsize_t> extents(set.shape.size());
    const int rank = H5Pget_chunk(properties, static_cast<int>(extents.size()), extents.data());
    const std::vector<std::int64_t> shape(extents.begin(), extents.end());
    const auto count = data::value_count(shape);
    if (rank == static_cast<int>(extents.size()) && count && *count <= most / H5Tget_size(set.type.id())) return;
    // A set of nothing has no chunk.
    if (std::find(set.shape.begin(), set.shape.end(), 0) != set.shape.end()) return;
    throw wrong(dataset, "chunks that the file has room for", fmt::format("chunks of {}", data::shape_text(shape)));
  }

  /// Reads what is selected of `set`, as many values of T as `values` has.
  template <class T>
  void read(const OpenData& set, const std::string& dataset, hid_t type, std::vector<T>& values) const {
    if (values.empty()) return;
    const hsize_t count = values.size();
    const Handle memory(H5Screate_simple(1, &count, nullptr));
    if (H5Dread(set.data.id(), type, memory.id(), set.space.id(), H5P_DEFAULT, values.data()) < 0)
      throw unreadable(dataset);
  }

  /// An attribute, or none if the object has none of this name.
  Handle attribute(const std::string& object, const std::string& name_of_it) const {
    const htri_t there = H5Aexists_by_name(file.id(), object.c_str(), name_of_it.c_str(), within.id());
    if (there < 0)
      throw FileError(name, fmt::format("'{}'", shown(object)), "a group or data set of this name", "none");
    if (there == 0) return Handle();
    Handle found(H5Aopen_by_name(file.id(), object.c_str(), name_of_it.c_str(), H5P_DEFAULT, within.id()));
    if (!found || H5Aget_storage_size(found.id()) > size)
      throw wrong_attribute(object, name_of_it, "readable data", "damage");
    return found;
  }

  FileError wrong_attribute(const std::string& object, const std::string& name_of_it,
                            const std::string& expected, const std::string& found) const {
    return FileError(name, fmt::format("'{}', attribute '{}'", shown(object), shown(name_of_it)), expected, found);
  }
};

Hdf5File::Hdf5File(const std::filesystem::path& path) : open_(std::make_unique<Open>()) {
  const QuietErrors quiet;
  open_->name = path.string();
  {
    // What is wrong with the file itself is the system's to say.
    const data::InputFile file(path, data::Decoding::plain);
    open_->size = file.most_bytes();
  }
  if (H5Fis_hdf5(path.c_str()) <= 0)
    throw FileError(open_->name, "", "an HDF5 file", open_->size == 0 ? "an empty file" : "another format");
  open_->file = Handle(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
  if (!open_->file)
    throw FileError(open_->name, "", "an intact HDF5 file", fmt::format("damage: {}", hdf5_reason()));
}

Hdf5File::Hdf5File(Hdf5File&&) noexcept = default;
Hdf5File::~Hdf5File() = default;

const std::string& Hdf5File::name() const { return open_->name; }

std::vector<std::string> Hdf5File::datasets() const {
  const QuietErrors quiet;
  return open_->datasets();
}

Hdf5Info Hdf5File::info(const std::string& dataset) const {
  const QuietErrors quiet;
  OpenData set = open_->open(dataset);
  return {std::move(set.shape), set.is_bytes};
}

std::vector<float> Hdf5File::read(const std::string& dataset) const {
  const QuietErrors quiet;
  const OpenData set = open_->open(dataset);
  std::vector<float> values(open_->checked_count(set, dataset, set.shape));
  open_->read(set, dataset, H5T_NATIVE_FLOAT, values);
  return values;
}

std::vector<float> Hdf5File::read_rows(const std::string& dataset, std::int64_t first, std::int64_t count) const {
  const QuietErrors quiet;
  const OpenData set = open_->open(dataset);
  if (set.shape.empty()) throw open_->wrong(dataset, "rows", "a single number");
  if (first < 0 || count < 0 || first > set.shape[0] || count > set.shape[0] - first)
    throw open_->wrong(dataset, fmt::format("{} rows from row {} on", count, first),
                       fmt::format("{} rows", set.shape[0]));
  std::vector<std::int64_t> wanted = set.shape;
  wanted[0] = count;
  std::vector<float> values(open_->checked_count(set, dataset, wanted));
  if (values.empty()) return values;
  std::vector<hsize_t> start(set.shape.size(), 0), extents(wanted.begin(), wanted.end());
  start[0] = static_cast<hsize_t>(first);
  if (H5Sselect_hyperslab(set.space.id(), H5S_SELECT_SET, start.data(), nullptr, extents.data(), nullptr) < 0)
    throw open_->unreadable(dataset);
  open_->read(set, dataset, H5T_NATIVE_FLOAT, values);
  return values;
}

std::vector<std::uint8_t> Hdf5File::read_bytes(const std::string& dataset) const {
  const QuietErrors quiet;
  const OpenData set = open_->open(dataset);
  if (!set.is_bytes) throw open_->wrong(dataset, "unsigned integers of 8 bits", "other numbers");
  std::vector<std::uint8_t> values(open_->checked_count(set, dataset, set.shape));
  open_->read(set, dataset, H5T_NATIVE_UINT8, values);
  return values;
}

std::optional<std::vector<std::string>> Hdf5File::texts(const std::string& object,
                                                        const std::string& attribute) const {
  const QuietErrors quiet;
  const Handle found = open_->attribute(object, attribute);
  if (!found) return std::nullopt;
  const Handle type(H5Aget_type(found.id())), space(H5Aget_space(found.id()));
  const auto wrong = [&](const char* expected, const std::string& what) {
    return open_->wrong_attribute(object, attribute, expected, what);
  };
  const hssize_t points = H5Sget_simple_extent_npoints(space.id());
  // What Keras writes for an empty list has some other type.
  if (points == 0) return std::vector<std::string>();
  if (H5Tget_class(type.id()) != H5T_STRING) throw wrong("strings", "something else");
  const auto count = static_cast<std::size_t>(std::max<hssize_t>(points, 0));
  // Each takes at least a byte of an attribute that is not larger than the file.
  if (count > open_->size) throw wrong("as many strings as the file has room for", fmt::format("{}", count));
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
  if (length == 0 || count > open_->size / length)
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

std::optional<double> Hdf5File::number(const std::string& object, const std::string& attribute) const {
  const QuietErrors quiet;
  const Handle found = open_->attribute(object, attribute);
  if (!found) return std::nullopt;
  const Handle type(H5Aget_type(found.id())), space(H5Aget_space(found.id()));
  const H5T_class_t kind = H5Tget_class(type.id());
  double value = 0;
  if ((kind != H5T_INTEGER && kind != H5T_FLOAT) || H5Sget_simple_extent_npoints(space.id()) != 1 ||
      H5Aread(found.id(), H5T_NATIVE_DOUBLE, &value) < 0)
    throw open_->wrong_attribute(object, attribute, "one number", "something else");
  return value;
}

}  // namespace isthmus::interchange
