#include "source.hpp"

#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <cerrno>

#ifdef ISTHMUS_HAS_HDF5
#include <isthmus/interchange/hdf5.hpp>
#endif

namespace isthmus::tool {
namespace {

bool is_hdf5(const data::Source& source) {
  const bool kind = source.is.kind == data::FileKind::hdf5 || source.is.kind == data::FileKind::netcdf_classic;
  return kind && !source.is.gzip;
}

#ifdef ISTHMUS_HAS_HDF5

constexpr const char* known_formats = "an IDX, .npy, .npz, HDF5 or NetCDF file";

data::Samples read_hdf5_samples(const data::Source& source, const Reading& reading, data::BytesAre bytes) {
  return interchange::read_hdf5_samples(source.file, source.part, reading.held, bytes, reading.fill);
}
std::vector<std::uint8_t> read_hdf5_labels(const data::Source& source) {
  return interchange::read_hdf5_labels(source.file, source.part);
}

#else

constexpr const char* known_formats = "an IDX, .npy or .npz file";

[[noreturn]] void refuse(const data::Source& source) {
  throw FileError(source.file, "", known_formats,
                  fmt::format("{}, which this tool was built without", data::name_of(source.is.kind)));
}
data::Samples read_hdf5_samples(const data::Source& source, const Reading&, data::BytesAre) { refuse(source); }
std::vector<std::uint8_t> read_hdf5_labels(const data::Source& source) { refuse(source); }

#endif

/// Throws FileError, saying what the file is, if nothing here reads it.
void require_readable(const data::Source& source) {
  if (is_hdf5(source) || data::is_loaded(source.is)) return;
  throw FileError(source.file, "", known_formats, data::found_text(source.is, data::Wanted::samples));
}

data::Source require_source(const std::string& source) {
  auto found = data::find_source(source);
  if (!found) throw FileError::system(source, "open", ENOENT);
  require_readable(*found);
  return *std::move(found);
}

data::Samples load(const data::Source& source, const Reading& reading, data::BytesAre bytes) {
  return is_hdf5(source) ? read_hdf5_samples(source, reading, bytes)
                         : data::load_samples(source, reading.held, bytes, reading.fill);
}

}  // namespace

data::Samples load_samples(const std::string& source, const Reading& reading, data::BytesAre bytes) {
  return load(require_source(source), reading, bytes);
}

std::vector<std::uint8_t> load_labels(const std::string& source) {
  const data::Source found = require_source(source);
  return is_hdf5(found) ? read_hdf5_labels(found) : data::load_labels(found);
}

data::DataSet load_data_set(const std::string& source, const Reading& reading, data::BytesAre bytes) {
  if (data::is_known_name(source)) return data::load_data_set(source, reading.held, reading.fill);
  const auto found = data::find_source(source);
  if (!found) throw data::no_such_source(source, known_formats);
  require_readable(*found);
  return data::with_validation(load(*found, reading, bytes));
}

}  // namespace isthmus::tool
