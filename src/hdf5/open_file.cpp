#include "open_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <utility>

#include "data/joined.hpp"
#include "data/shapes.hpp"
#include "text.hpp"

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

/// For opening by path: a link into another file leads nowhere.
Handle within_file() {
  Handle access(H5Pcreate(H5P_LINK_ACCESS));
  const auto refuse = [](const char*, const char*, const char*, const char*, unsigned*, hid_t, void*) -> herr_t {
    return -1;
  };
  H5Pset_elink_cb(access.id(), refuse, nullptr);
  return access;
}

}  // namespace

OpenFile::OpenFile(std::string name, std::uint64_t size)
    : name_(std::move(name)), size_(size), within_(within_file()) {
  const QuietErrors quiet;
  if (H5Fis_hdf5(name_.c_str()) <= 0)
    throw FileError(name_, "", "an HDF5 file", size_ == 0 ? "an empty file" : "another format");
  file_ = Handle(H5Fopen(name_.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
  if (!file_) throw FileError(name_, "", "an intact HDF5 file", fmt::format("damage: {}", hdf5_reason()));
}

FileError OpenFile::wrong(const std::string& dataset, const std::string& expected,
                          const std::string& found) const {
  return FileError(name_, data_set_place(dataset), expected, found);
}

FileError OpenFile::unreadable(const std::string& dataset) const {
  return wrong(dataset, "readable data", fmt::format("damage: {}", hdf5_reason()));
}

std::vector<std::string> OpenFile::paths() const {
  std::vector<std::string> paths;
  const auto take = [](hid_t, const char* path, const H5O_info_t* object, void* list) -> herr_t {
    if (object->type == H5O_TYPE_DATASET)
      static_cast<std::vector<std::string>*>(list)->push_back(fmt::format("/{}", path));
    return 0;
  };
  if (H5Ovisit2(file_.id(), H5_INDEX_NAME, H5_ITER_NATIVE, take, &paths, H5O_INFO_BASIC) < 0)
    throw FileError(name_, "", "an intact HDF5 file", fmt::format("damage: {}", hdf5_reason()));
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// What of this file could have been meant.
std::string OpenFile::known() const {
  std::vector<std::string> there = paths();
  constexpr std::size_t most = 8;
  const bool more = there.size() > most;
  there.resize(std::min(there.size(), most));
  const std::string list = data::joined(there, ", ", [](const std::string& path) { return shown(path, longest_path); });
  return list.empty() ? "a file without any" : fmt::format("none; there are {}{}", list, more ? ", …" : "");
}

OpenFile::DataSet OpenFile::open(const std::string& dataset) const {
  DataSet set;
  const Handle object(dataset.empty() ? H5I_INVALID_HID : H5Oopen(file_.id(), dataset.c_str(), within_.id()));
  if (!object || H5Iget_type(object.id()) != H5I_DATASET)
    throw wrong(dataset, "a data set of this name", known());
  set.data = Handle(H5Dopen2(object.id(), ".", H5P_DEFAULT));
  if (!set.data) throw unreadable(dataset);
  set.type = Handle(H5Dget_type(set.data.id()));
  set.space = Handle(H5Dget_space(set.data.id()));
  const H5T_class_t kind = H5Tget_class(set.type.id());
  // As Keras writes it, which HDF5 knows nothing of.
  if (kind == H5T_OPAQUE && H5Tget_size(set.type.id()) == 2)
    set.is_bfloat16 = find_texts(dataset, "dtype") == std::vector<std::string>{"bfloat16"};
  if (kind != H5T_INTEGER && kind != H5T_FLOAT && !set.is_bfloat16)
    throw wrong(dataset, "integers or floating-point numbers", kind_of(kind));
  if (!set.is_bfloat16 && !is_usual(set.type.id()))
    throw wrong(dataset, "numbers of 8 to 64 bits in a usual form",
                fmt::format("{} bytes in another", H5Tget_size(set.type.id())));
  if (H5Sget_simple_extent_type(set.space.id()) == H5S_NULL) throw wrong(dataset, "values", "none");
  set.is_integer = kind == H5T_INTEGER;
  set.is_bytes =
      kind == H5T_INTEGER && H5Tget_size(set.type.id()) == 1 && H5Tget_sign(set.type.id()) == H5T_SGN_NONE;
  for (const hsize_t extent : extents_of(set.space.id())) {
    if (extent > hsize_t{std::numeric_limits<std::int64_t>::max()})
      throw wrong(dataset, "dimensions below 2^63", fmt::format("{}", extent));
    set.shape.push_back(static_cast<std::int64_t>(extent));
  }
  return set;
}

std::vector<std::string> OpenFile::datasets() {
  const QuietErrors quiet;
  return paths();
}

Hdf5Info OpenFile::info(const std::string& dataset) {
  const QuietErrors quiet;
  DataSet set = open(dataset);
  return {std::move(set.shape), set.is_bytes, set.is_integer};
}

Selection OpenFile::select(const std::string& dataset, const std::optional<Rows>& rows, bool as_bytes) {
  const QuietErrors quiet;
  const DataSet set = open(dataset);
  if (as_bytes && !set.is_bytes) throw wrong(dataset, "unsigned integers of 8 bits", "other numbers");
  std::vector<std::int64_t> wanted = set.shape;
  if (rows) {
    if (set.shape.empty()) throw wrong(dataset, "rows", "a single number");
    if (rows->first < 0 || rows->count < 0 || rows->first > set.shape[0] ||
        rows->count > set.shape[0] - rows->first)
      throw wrong(dataset, fmt::format("{} rows from row {} on", rows->count, rows->first),
                  fmt::format("{} rows", set.shape[0]));
    wanted[0] = rows->count;
  }
  const auto count = data::value_count(wanted);
  if (!count) throw wrong(dataset, "dimensions whose product is below 2^63", data::shape_text(wanted));
  const std::vector<std::int64_t> chunk = checked_chunk(set, dataset, wanted);

  Selection selection;
  selection.rows = {rows ? rows->first : 0, wanted.empty() ? 1 : wanted[0]};
  if (*count == 0) return selection;
  selection.row_values = static_cast<std::int64_t>(*count) / selection.rows.count;
  constexpr std::int64_t worth_a_call = 1 << 18;  // values: a megabyte of floats
  selection.rows_at_once = std::max<std::int64_t>(1, worth_a_call / selection.row_values);
  if (chunk.empty()) return selection;
  selection.rows_at_once = (selection.rows_at_once + chunk[0] - 1) / chunk[0] * chunk[0];
  // As stored, decompressed into memory that is doubled until it suffices, unshuffled.
  selection.memory = 4 * *data::value_count(chunk) * H5Tget_size(set.type.id());
  return selection;
}

/// The shape of the chunks that the data set is stored in; {} if it is in one piece. Throws unless the file can
/// hold so many values of it: as many as its data are stored in, or, if they are in chunks, which may be
/// compressed, as these can expand to.
std::vector<std::int64_t> OpenFile::checked_chunk(const DataSet& set, const std::string& dataset,
                                                  std::span<const std::int64_t> wanted) const {
  // Deflate's largest ratio (zlib's technical details): a match of 258 bytes in 2 bits.
  constexpr std::uint64_t largest_ratio = 1032;
  const Handle properties(H5Dget_create_plist(set.data.id()));
  const H5D_layout_t layout = H5Pget_layout(properties.id());
  if (layout == H5D_VIRTUAL || H5Pget_external_count(properties.id()) != 0)
    throw wrong(dataset, "data in this file", "data in others");
  const bool chunked = layout == H5D_CHUNKED;
  const std::uint64_t stored = H5Dget_storage_size(set.data.id());
  // HDF5 takes memory for a compressed chunk by what the file says of its size.
  if (stored > size_)
    throw wrong(dataset, fmt::format("at most {} bytes stored", size_), fmt::format("{}", stored));
  const std::uint64_t most = (chunked ? stored * largest_ratio : stored) / H5Tget_size(set.type.id());
  // What is in one piece is there as a whole, also if only some rows are wanted: HDF5 does not look.
  const std::span<const std::int64_t> there = chunked ? wanted : std::span<const std::int64_t>(set.shape);
  if (data::value_count(there).value_or(std::numeric_limits<std::uint64_t>::max()) > most)
    throw wrong(dataset, fmt::format("data of shape {}", data::shape_text(there)),
                fmt::format("{} bytes stored", stored));
  // A set of nothing has no chunk.
  if (!chunked || std::find(set.shape.begin(), set.shape.end(), 0) != set.shape.end()) return {};
  std::vector<hsize_t> extents(set.shape.size());
  const int rank = H5Pget_chunk(properties.id(), static_cast<int>(extents.size()), extents.data());
  const std::vector<std::int64_t> chunk(extents.begin(), extents.end());
  const auto count = data::value_count(chunk);
  // HDF5 takes memory for a chunk as a whole.
  if (rank != static_cast<int>(extents.size()) || !count || *count == 0 || *count > most)
    throw wrong(dataset, "chunks that the file has room for",
                fmt::format("chunks of {}", data::shape_text(chunk)));
  return chunk;
}

void OpenFile::read(const std::string& dataset, const Selection& selection, std::span<float> values) {
  read(dataset, selection, H5T_NATIVE_FLOAT, values.data(), values.size());
}

void OpenFile::read(const std::string& dataset, const Selection& selection, std::span<std::uint8_t> values) {
  read(dataset, selection, H5T_NATIVE_UINT8, values.data(), values.size());
}

void OpenFile::read(const std::string& dataset, const Selection& selection, hid_t type, void* values,
                    std::size_t size) const {
  if (size == 0) return;
  const QuietErrors quiet;
  const DataSet set = open(dataset);
  if (!set.shape.empty()) {
    std::vector<hsize_t> start(set.shape.size(), 0), extents(set.shape.begin(), set.shape.end());
    start[0] = static_cast<hsize_t>(selection.rows.first);
    extents[0] = static_cast<hsize_t>(selection.rows.count);
    if (H5Sselect_hyperslab(set.space.id(), H5S_SELECT_SET, start.data(), nullptr, extents.data(), nullptr) < 0)
      throw unreadable(dataset);
  }
  const auto selected = static_cast<std::size_t>(H5Sget_select_npoints(set.space.id()));
  // The buffer's size is not from this moment.
  if (selected != size)
    throw wrong(dataset, fmt::format("{} values, as when it was selected", size), fmt::format("{}", selected));
  const hsize_t count = size;
  const Handle memory(H5Screate_simple(1, &count, nullptr));
  const auto read_as = [&](hid_t wanted, void* to) {
    if (H5Dread(set.data.id(), wanted, memory.id(), set.space.id(), H5P_DEFAULT, to) < 0)
      throw unreadable(dataset);
  };
  if (!set.is_bfloat16) return read_as(type, values);
  // The upper halves of floats.
  std::vector<std::uint16_t> halves(size);
  read_as(set.type.id(), halves.data());
  std::transform(halves.begin(), halves.end(), static_cast<float*>(values),
                 [](std::uint16_t bits) { return std::bit_cast<float>(std::uint32_t{bits} << 16); });
}

}  // namespace isthmus::interchange
