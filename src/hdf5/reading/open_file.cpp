#include "open_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

namespace isthmus::interchange {
namespace {

std::string kind_of(H5T_class_t type) {
  switch (type) {
    case H5T_STRING: return "strings";
    case H5T_COMPOUND: return "records";
    case H5T_ENUM: return "an enumeration";
    case H5T_BITFIELD: return "bit fields";
    case H5T_OPAQUE: return "bytes without a meaning";
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

bool is_half(hid_t type) {
  return H5Tequal(type, half_of(H5T_IEEE_F32LE).id()) > 0 || H5Tequal(type, half_of(H5T_IEEE_F32BE).id()) > 0;
}

std::vector<hsize_t> extents_of(hid_t space) {
  const int rank = H5Sget_simple_extent_ndims(space);
  std::vector<hsize_t> extents(static_cast<std::size_t>(std::max(rank, 0)));
  if (rank > 0) H5Sget_simple_extent_dims(space, extents.data(), nullptr);
  return extents;
}

/// The access properties for opening by path: links into other files are refused.
Handle within_file() {
  Handle access(H5Pcreate(H5P_LINK_ACCESS));
  const auto refuse = [](const char*, const char*, const char*, const char*, unsigned*, hid_t, void*) -> herr_t {
    return -1;
  };
  H5Pset_elink_cb(access.id(), refuse, nullptr);
  return access;
}

/// Whether an exclusive lock is held on the file, as HDF5 holds one while it writes.
bool is_locked(const std::string& name) {
  const int descriptor = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool locked = ::flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(descriptor);
  return locked;
}

}  // namespace

std::optional<StoredType> stored_type_of(hid_t type) {
  using enum StoredType;
  const std::pair<hid_t, StoredType> known[] = {
      {H5T_STD_I8LE, i8},    {H5T_STD_I8BE, i8},    {H5T_STD_U8LE, u8},    {H5T_STD_U8BE, u8},
      {H5T_STD_I16LE, i16},  {H5T_STD_I16BE, i16},  {H5T_STD_U16LE, u16},  {H5T_STD_U16BE, u16},
      {H5T_STD_I32LE, i32},  {H5T_STD_I32BE, i32},  {H5T_STD_U32LE, u32},  {H5T_STD_U32BE, u32},
      {H5T_STD_I64LE, i64},  {H5T_STD_I64BE, i64},  {H5T_STD_U64LE, u64},  {H5T_STD_U64BE, u64},
      {H5T_IEEE_F32LE, f32}, {H5T_IEEE_F32BE, f32}, {H5T_IEEE_F64LE, f64}, {H5T_IEEE_F64BE, f64}};
  for (const auto& [one, number] : known)
    if (H5Tequal(type, one) > 0) return number;
  return is_half(type) ? std::optional(f32) : std::nullopt;
}

OpenFile::OpenFile(FileToOpen file) : source_(std::move(file)), within_(within_file()) {
  const QuietErrors quiet;
  if (H5Fis_hdf5(source_.name.c_str()) == 0)
    throw FileError(source_.name, "", "an HDF5 file", source_.size == 0 ? "an empty file" : "another format");
  file_ = Handle(H5Fopen(source_.name.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
  if (!file_) fail_to_open();
  // "_NCProperties" since NetCDF 4.4.1; what earlier ones wrote is known by the dimensions of its data sets.
  for (const char* mark : {"_NCProperties", "_nc3_strict"})
    by_netcdf_ = by_netcdf_ || H5Aexists(file_.id(), mark) > 0;
}

void OpenFile::fail_to_open() const {
  const std::string reason = hdf5_reason();
  const auto error = [&](const char* expected, const std::string& found) {
    return FileError(source_.name, "", expected, found);
  };
  const char* const unwritten = "a file that nobody is writing";
  if (is_locked(source_.name)) throw error(unwritten, "one that another process has locked");
  if (reason.find("already open for write") != std::string::npos)
    throw error(unwritten, "one marked as open for writing (once nobody is, `h5clear -s` takes the mark away)");
  if (reason.find("lock file") != std::string::npos)
    throw error("a file system with locks, or HDF5_USE_FILE_LOCKING=FALSE", reason);
  throw error("an intact HDF5 file", fmt::format("damage: {}", reason));
}

FileError OpenFile::wrong(const std::string& dataset, const std::string& expected,
                          const std::string& found) const {
  return FileError(source_.name, data_set_place(dataset), expected, found);
}

FileError OpenFile::unreadable(const std::string& dataset) const {
  return wrong(dataset, "readable data", fmt::format("damage: {}", hdf5_reason()));
}

std::vector<std::string> OpenFile::paths() const {
  std::vector<std::string> paths;
  // The parameter `object` has the type that this version of HDF5 has for H5Ovisit2: since 1.12 H5O_info_t is
  // another one.
  const auto take = [](hid_t, const char* path, const auto* object, void* list) -> herr_t {
    if (object->type == H5O_TYPE_DATASET)
      static_cast<std::vector<std::string>*>(list)->push_back(fmt::format("/{}", path));
    return 0;
  };
  if (H5Ovisit2(file_.id(), H5_INDEX_NAME, H5_ITER_NATIVE, take, &paths, H5O_INFO_BASIC) < 0)
    throw FileError(source_.name, "", "an intact HDF5 file", fmt::format("damage: {}", hdf5_reason()));
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// Why there is no data set of this name.
std::string OpenFile::not_found(const std::string& dataset) const {
  const std::string link = where_link_leads(file_.id(), within_.id(), dataset);
  return link.empty() ? known_names(paths()) : link;
}

const OpenFile::DataSet& OpenFile::open(const std::string& dataset) {
  if (last_ && last_->path == dataset) return *last_;
  last_.reset();
  DataSet set;
  set.path = dataset;
  const Handle object(dataset.empty() ? H5I_INVALID_HID : H5Oopen(file_.id(), dataset.c_str(), within_.id()));
  if (!object || H5Iget_type(object.id()) != H5I_DATASET)
    throw wrong(dataset, "a data set of this name", not_found(dataset));
  set.data = Handle(H5Dopen2(object.id(), ".", H5P_DEFAULT));
  if (!set.data) throw unreadable(dataset);
  set.type = Handle(H5Dget_type(set.data.id()));
  set.space = Handle(H5Dget_space(set.data.id()));
  const H5T_class_t kind = H5Tget_class(set.type.id());
  // Keras' representation of bfloat16, a type that HDF5 does not have.
  if (kind == H5T_OPAQUE && H5Tget_size(set.type.id()) == 2) {
    const Handle attribute = find_attribute(dataset, "dtype");
    set.is_bfloat16 = attribute && texts_of(attribute, dataset, "dtype") == std::vector<std::string>{"bfloat16"};
  }
  if (kind != H5T_INTEGER && kind != H5T_FLOAT && !set.is_bfloat16)
    throw wrong(dataset, "integers or floating-point numbers", kind_of(kind));
  const auto type = set.is_bfloat16 ? StoredType::f32 : stored_type_of(set.type.id());
  if (!type)
    throw wrong(dataset, "numbers of 8 to 64 bits in a usual form",
                fmt::format("{} bytes in another", H5Tget_size(set.type.id())));
  set.native = set.is_bfloat16          ? Handle(H5Tcopy(set.type.id()))
               : is_half(set.type.id()) ? Handle(H5Tcopy(H5T_NATIVE_FLOAT))
                                        : Handle(H5Tget_native_type(set.type.id(), H5T_DIR_ASCEND));
  if (!set.native || (!set.is_bfloat16 && H5Tget_size(set.native.id()) != size_of(*type)))
    throw unreadable(dataset);
  if (H5Sget_simple_extent_type(set.space.id()) == H5S_NULL) throw wrong(dataset, "values", "none");
  for (const hsize_t extent : extents_of(set.space.id())) {
    if (extent > hsize_t{std::numeric_limits<std::int64_t>::max()})
      throw wrong(dataset, "dimensions below 2^63", fmt::format("{}", extent));
    set.shape.push_back(static_cast<std::int64_t>(extent));
  }
  if (!set.is_bfloat16) set.unpacking = unpacking_of(dataset, *type);
  return last_.emplace(std::move(set));
}

std::vector<std::string> OpenFile::datasets() {
  const QuietErrors quiet;
  return paths();
}

Hdf5Info OpenFile::info(const std::string& dataset) {
  const QuietErrors quiet;
  const DataSet& set = open(dataset);
  Hdf5Info info{set.shape, set.is_bytes(), set.unpacking.may_be_missing()};
  info.is_integer = set.is_integer();
  // NetCDF writes this attribute where a dimension has no variable (its format's specification, "Dimensions").
  if (const auto name = find_attribute(dataset, "NAME")) {
    const auto texts = texts_of(name, dataset, "NAME");
    info.is_dimension =
        texts.size() == 1 && texts[0].starts_with("This is a netCDF dimension but not a netCDF variable");
  }
  return info;
}

}  // namespace isthmus::interchange
