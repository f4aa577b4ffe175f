// The storage of a data set's values in an HDF5 file, the check that the file has room for them, and reading them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

#include "data/shapes.hpp"
#include "open_file.hpp"
#include "text.hpp"

namespace isthmus::interchange {
namespace {

/// Filters that others have registered, by The HDF Group's list, for files that do not name them.
std::string usual_name_of(H5Z_filter_t filter) {
  switch (filter) {
    case 32000: return "lzf";
    case 32001: return "blosc";
    case 32004: return "lz4";
    case 32008: return "bitshuffle";
    case 32013: return "zfp";
    case 32015: return "zstd";
    case 32017: return "sz";
    case 32024: return "sz3";
    case 32026: return "blosc2";
    default: return "";
  }
}

/// The files that hold a data set's values instead of this one; "" if there are none.
std::string other_file_of(hid_t properties) {
  std::array<char, 1024> name{};
  if (H5Pget_layout(properties) == H5D_VIRTUAL) {
    if (H5Pget_virtual_filename(properties, 0, name.data(), name.size()) <= 0) return "others";
  } else if (H5Pget_external_count(properties) > 0) {
    if (H5Pget_external(properties, 0, name.size() - 1, name.data(), nullptr, nullptr) < 0) return "others";
  } else {
    return "";
  }
  return in_quotes(name.data(), longest_path);
}

data::NumberKind kind_of(StoredType type) {
  using enum StoredType;
  if (type == f32 || type == f64) return data::NumberKind::floating;
  return type == u8 || type == u16 || type == u32 || type == u64 ? data::NumberKind::natural
                                                                 : data::NumberKind::integer;
}

std::uint64_t bytes_of(std::span<const std::int64_t> shape, std::size_t size) {
  const auto count = data::value_count(shape);
  std::uint64_t bytes = 0;
  if (!count || __builtin_mul_overflow(*count, std::uint64_t{size}, &bytes))
    return std::numeric_limits<std::uint64_t>::max();
  return bytes;
}

}  // namespace

Selection OpenFile::select(const std::string& dataset, const std::optional<Rows>& rows, bool as_bytes) {
  const QuietErrors quiet;
  const DataSet& set = open(dataset);
  if (as_bytes && !set.is_bytes()) throw wrong(dataset, "unsigned integers of 8 bits", "other numbers");
  Selection selection = selection_of(set.shape, rows, [&](const std::string& expected, const std::string& found) {
    return wrong(dataset, expected, found);
  });
  std::vector<std::int64_t> wanted = set.shape;
  if (!wanted.empty()) wanted[0] = selection.rows.count;
  const Storage storage = checked_storage(set, wanted);
  if (selection.values() == 0) return selection;
  const std::size_t size = H5Tget_size(set.native.id());
  if (!storage.chunk.empty()) {
    const std::int64_t height = storage.chunk[0];
    selection.rows_at_once = (selection.rows_at_once + height - 1) / height * height;
    // The chunk as stored, decompressed into memory that is doubled until it suffices, and unshuffled.
    selection.memory = 4 * bytes_of(storage.chunk, size) + keep_chunks(storage.chunk);
  }
  const Unpacking& unpacking = set.unpacking;
  if (!unpacking.trivial()) selection.memory += static_cast<std::uint64_t>(selection.piece_values()) * size;
  const bool stands_for_itself = unpacking.trivial() || (set.is_bytes() && !unpacking.may_be_missing());
  if (storage.offset > 0 && stands_for_itself && !set.is_bfloat16) {
    selection.offset = storage.offset;
    selection.stored = {kind_of(unpacking.type()), static_cast<std::uint8_t>(H5Tget_size(set.type.id())),
                        H5Tget_order(set.type.id()) == H5T_ORDER_BE};
  }
  return selection;
}

/// Throws unless the file can hold so many values of it: as many as its data are stored in, or, if they are in
/// chunks, which may be compressed, as these can expand to. So many as take `most_unstored` bytes it may have in
/// any case.
OpenFile::Storage OpenFile::checked_storage(const DataSet& set, std::span<const std::int64_t> wanted) const {
  // Deflate's largest ratio (zlib's technical details): a match of 258 bytes in 2 bits.
  constexpr std::uint64_t largest_ratio = 1032;
  const Handle properties(H5Dget_create_plist(set.data.id()));
  if (const std::string other = other_file_of(properties.id()); !other.empty())
    throw wrong(set.path, "data in this file", "data in " + other);
  Storage storage;
  storage.size = H5Dget_storage_size(set.data.id());
  // HDF5 takes memory for a compressed chunk by what the file says of its size.
  if (storage.size > source_.size)
    throw wrong(set.path, fmt::format("at most {} bytes stored", source_.size), fmt::format("{}", storage.size));
  H5D_fill_value_t fill{};
  if (storage.size == 0 && data::value_count(wanted) != 0 &&
      (H5Pfill_value_defined(properties.id(), &fill) < 0 || fill == H5D_FILL_VALUE_UNDEFINED))
    throw wrong(set.path, "values", "none: it was never written, and has no fill value");

  const bool chunked = H5Pget_layout(properties.id()) == H5D_CHUNKED;
  const std::size_t size = H5Tget_size(set.type.id());
  const std::uint64_t most = chunked             ? std::max(storage.size * largest_ratio, source_.most_unstored)
                             : storage.size == 0 ? source_.most_unstored
                                                 : storage.size;
  // A contiguous data set must be in the file as a whole, also if only some rows are wanted: HDF5 does not check
  // it.
  const std::span<const std::int64_t> there =
      chunked || storage.size == 0 ? wanted : std::span<const std::int64_t>(set.shape);
  if (bytes_of(there, size) > most)
    throw wrong(set.path, fmt::format("data of shape {}", data::shape_text(there)),
                fmt::format("{} bytes stored", storage.size));
  // A set of nothing has no chunk.
  if (std::find(set.shape.begin(), set.shape.end(), 0) != set.shape.end()) return storage;
  if (!chunked) {
    const haddr_t offset = H5Dget_offset(set.data.id());
    if (H5Pget_layout(properties.id()) == H5D_CONTIGUOUS && storage.size > 0 && offset != HADDR_UNDEF)
      storage.offset = offset;
    return storage;
  }
  if (storage.size > 0) require_filters(set.path, properties.id());
  std::vector<hsize_t> extents(set.shape.size());
  const int rank = H5Pget_chunk(properties.id(), static_cast<int>(extents.size()), extents.data());
  storage.chunk.assign(extents.begin(), extents.end());
  const std::uint64_t chunk_bytes = bytes_of(storage.chunk, size);
  // HDF5 takes memory for a chunk as a whole.
  if (rank != static_cast<int>(extents.size()) || chunk_bytes == 0 || chunk_bytes > most)
    throw wrong(set.path, "chunks that the file has room for",
                fmt::format("chunks of {}", data::shape_text(storage.chunk)));
  return storage;
}

/// Throws unless HDF5 has, or finds a plug-in for, every filter that the chunks have gone through.
void OpenFile::require_filters(const std::string& dataset, hid_t properties) const {
  const int count = H5Pget_nfilters(properties);
  for (int i = 0; i < count; ++i) {
    std::array<char, 128> name{};
    unsigned flags = 0, settings = 0;
    std::size_t values = 0;
    const H5Z_filter_t filter = H5Pget_filter2(properties, static_cast<unsigned>(i), &flags, &values, nullptr,
                                               name.size() - 1, name.data(), &settings);
    if (filter < 0) throw unreadable(dataset);
    if (H5Zfilter_avail(filter) > 0) continue;
    const std::string usual = usual_name_of(filter);
    throw wrong(dataset,
                fmt::format("a plug-in for filter {} ({}) in a folder of HDF5_PLUGIN_PATH", filter,
                            usual.empty() ? in_quotes(name.data()) : usual),
                "none that HDF5 can load");
  }
}

/// Sets the size of HDF5's chunk cache, so that the chunks of one row are not decompressed again for the next row;
/// returns the size. The size is a property of opening a data set, so the one that was opened last is opened
/// again.
std::uint64_t OpenFile::keep_chunks(std::span<const std::int64_t> chunk) {
  constexpr std::uint64_t usual = std::uint64_t{1} << 20, most = std::uint64_t{32} << 20;
  std::uint64_t wanted = H5Tget_size(last_->native.id());
  for (std::size_t i = 0; i < chunk.size(); ++i) {
    const std::int64_t extent = i == 0 ? chunk[0] : (last_->shape[i] + chunk[i] - 1) / chunk[i] * chunk[i];
    if (__builtin_mul_overflow(wanted, static_cast<std::uint64_t>(extent), &wanted)) return usual;
  }
  if (wanted <= usual || wanted > most || last_->kept == wanted) return std::max(last_->kept, usual);
  const Handle access(H5Pcreate(H5P_DATASET_ACCESS));
  constexpr std::size_t slots = 10007;  // a prime, some hundred times the number of chunks that are usual
  H5Pset_chunk_cache(access.id(), slots, wanted, H5D_CHUNK_CACHE_W0_DEFAULT);
  // As long as the data set is open, another handle of it shares the first one's cache.
  last_->data.close();
  last_->data = Handle(H5Dopen2(file_.id(), last_->path.c_str(), access.id()));
  if (!last_->data) throw unreadable(last_->path);
  return last_->kept = wanted;
}

void OpenFile::read(const std::string& dataset, const Selection& selection, std::span<float> values) {
  if (values.empty()) return;
  const QuietErrors quiet;
  const DataSet& set = open(dataset);
  if (set.is_bfloat16) {
    // The upper halves of floats.
    std::vector<std::uint16_t> halves(values.size());
    read_stored(set, selection.rows, set.native.id(), halves.data(), values.size());
    std::transform(halves.begin(), halves.end(), values.begin(),
                   [](std::uint16_t bits) { return std::bit_cast<float>(std::uint32_t{bits} << 16); });
    return;
  }
  if (set.unpacking.trivial())
    return read_stored(set, selection.rows, H5T_NATIVE_FLOAT, values.data(), values.size());
  if (set.unpacking.type() == StoredType::f32) {
    read_stored(set, selection.rows, set.native.id(), values.data(), values.size());
    return set.unpacking.unpack(values.data(), values.size(), values.data());
  }
  std::vector<std::byte> stored(values.size() * H5Tget_size(set.native.id()));
  read_stored(set, selection.rows, set.native.id(), stored.data(), values.size());
  set.unpacking.unpack(stored.data(), values.size(), values.data());
}

void OpenFile::read(const std::string& dataset, const Selection& selection, std::span<std::uint8_t> values) {
  if (values.empty()) return;
  const QuietErrors quiet;
  const DataSet& set = open(dataset);
  if (!set.is_bytes()) throw wrong(dataset, "unsigned integers of 8 bits", "other numbers");
  read_stored(set, selection.rows, set.native.id(), values.data(), values.size());
}

void OpenFile::read_stored(const DataSet& set, const Rows& rows, hid_t type, void* values,
                           std::size_t size) const {
  const Handle space(H5Dget_space(set.data.id()));
  if (!set.shape.empty()) {
    std::vector<hsize_t> start(set.shape.size(), 0), extents(set.shape.begin(), set.shape.end());
    start[0] = static_cast<hsize_t>(rows.first);
    extents[0] = static_cast<hsize_t>(rows.count);
    if (H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, extents.data(), nullptr) < 0)
      throw unreadable(set.path);
  }
  const auto selected = static_cast<std::size_t>(H5Sget_select_npoints(space.id()));
  // The buffer's size is not from this moment.
  if (selected != size)
    throw wrong(set.path, fmt::format("{} values, as when it was selected", size), fmt::format("{}", selected));
  const hsize_t count = size;
  const Handle memory(H5Screate_simple(1, &count, nullptr));
  if (H5Dread(set.data.id(), type, memory.id(), space.id(), H5P_DEFAULT, values) < 0) throw unreadable(set.path);
}

}  // namespace isthmus::interchange
