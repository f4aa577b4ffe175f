#include "source.hpp"

#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#ifdef ISTHMUS_HAS_HDF5
#include <isthmus/interchange/hdf5.hpp>

#include "data/shapes.hpp"
#endif

namespace isthmus::tool {
namespace {

#ifdef ISTHMUS_HAS_HDF5

constexpr const char* formats = "an IDX, .npy, .npz or HDF5 file";

data::Samples read_hdf5_samples(const data::Source& source, data::BytesAre bytes) {
  const interchange::Hdf5File file(source.file);
  const interchange::Hdf5Info info = file.info(source.part);
  const bool has_samples =
      info.shape.size() >= 2 && std::find(info.shape.begin() + 1, info.shape.end(), 0) == info.shape.end();
  if (!has_samples)
    throw FileError(source.file, fmt::format("data set '{}'", source.part),
                    "samples, so at least 2 dimensions, none but the first of them 0",
                    fmt::format("shape {}", data::shape_text(info.shape)));
  data::Samples::Values values;
  if (info.is_bytes && bytes == data::BytesAre::pixels)
    values = file.read_bytes(source.part);
  else
    values = file.read(source.part);
  return data::Samples(fmt::format("{}:{}", source.file, source.part), {info.shape.begin() + 1, info.shape.end()},
                       std::move(values));
}

std::vector<std::uint8_t> read_hdf5_labels(const data::Source& source) {
  const interchange::Hdf5File file(source.file);
  const interchange::Hdf5Info info = file.info(source.part);
  const std::string place = fmt::format("data set '{}'", source.part);
  if (info.shape.size() != 1 || info.shape[0] == 0)
    throw FileError(source.file, place, "labels: 1 dimension, not 0",
                    fmt::format("shape {}", data::shape_text(info.shape)));
  std::vector<std::uint8_t> labels;
  for (const float number : file.read(source.part)) {
    // A NaN is none either.
    if (!(number >= 0.0f && number <= 255.0f) || number != static_cast<float>(static_cast<std::uint8_t>(number)))
      throw FileError(source.file, fmt::format("{}, position {}", place, labels.size()), "a label from 0 to 255",
                      fmt::format("{}", number));
    labels.push_back(static_cast<std::uint8_t>(number));
  }
  return labels;
}

#else

constexpr const char* formats = "an IDX, .npy or .npz file";

[[noreturn]] void refuse(const data::Source& source) {
  throw FileError(source.file, "", formats, "HDF5, which this tool was built without");
}
data::Samples read_hdf5_samples(const data::Source& source, data::BytesAre) { refuse(source); }
std::vector<std::uint8_t> read_hdf5_labels(const data::Source& source) { refuse(source); }

#endif

bool is_hdf5(const data::Source& source) { return source.is.kind == data::FileKind::hdf5 && !source.is.gzip; }

/// Throws FileError, saying what the file is, if nothing here reads it.
void require_readable(const data::Source& source) {
  if (is_hdf5(source) || data::is_loaded(source.is)) return;
  throw FileError(source.file, "", formats, data::found_text(source.is, data::Wanted::samples));
}

data::Source require_source(const std::string& source) {
  auto found = data::find_source(source);
  if (!found) throw FileError::system(source, "open", ENOENT);
  require_readable(*found);
  return *std::move(found);
}

data::Samples load(const data::Source& source, std::uint64_t held, data::BytesAre bytes) {
  return is_hdf5(source) ? read_hdf5_samples(source, bytes) : data::load_samples(source, held, bytes);
}

}  // namespace

data::Samples load_samples(const std::string& source, std::uint64_t held, data::BytesAre bytes) {
  return load(require_source(source), held, bytes);
}

std::vector<std::uint8_t> load_labels(const std::string& source) {
  const data::Source found = require_source(source);
  return is_hdf5(found) ? read_hdf5_labels(found) : data::load_labels(found);
}

data::DataSet load_data_set(const std::string& source, std::uint64_t held) {
  if (data::is_known_name(source)) return data::load_data_set(source, held);
  const auto found = data::find_source(source);
  if (!found) throw data::no_such_source(source, formats);
  require_readable(*found);
  return data::with_validation(load(*found, held, data::BytesAre::pixels));
}

}  // namespace isthmus::tool
