#include "source.hpp"

#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>

#ifdef ISTHMUS_HAS_HDF5
#include <isthmus/interchange/hdf5.hpp>

#include "data/shapes.hpp"
#endif

namespace isthmus::tool {
namespace {

/// FILE.h5:DATASET in its parts.
struct Hdf5Source {
  std::string file, dataset;
};

/// Nothing if the source is something else: also a file that has a colon in its own name.
std::optional<Hdf5Source> hdf5_source(const std::string& source) {
  std::error_code unreadable;
  // A file alone: that its data set is missing is said where one is looked for.
  if (std::filesystem::exists(source, unreadable))
    return begins_as_hdf5(source) ? std::optional(Hdf5Source{source, ""}) : std::nullopt;
  for (const std::string suffix : {".h5", ".hdf5"}) {
    const std::size_t at = source.find(suffix + ':');
    if (at != std::string::npos)
      return Hdf5Source{source.substr(0, at + suffix.size()), source.substr(at + suffix.size() + 1)};
  }
  return std::nullopt;
}

#ifdef ISTHMUS_HAS_HDF5

data::Samples read_samples(const Hdf5Source& source, const std::string& name) {
  const interchange::Hdf5File file(source.file);
  const interchange::Hdf5Info info = file.info(source.dataset);
  if (info.shape.size() < 2 || data::value_count(info.shape) == 0)
    throw FileError(source.file, fmt::format("data set '{}'", source.dataset),
                    "samples, so at least 2 dimensions, none of them 0",
                    fmt::format("shape {}", data::shape_text(info.shape)));
  data::Samples::Values values;
  if (info.is_bytes) values = file.read_bytes(source.dataset);
  else values = file.read(source.dataset);
  return data::Samples(name, {info.shape.begin() + 1, info.shape.end()}, std::move(values));
}

std::vector<std::uint8_t> read_labels(const Hdf5Source& source) {
  const interchange::Hdf5File file(source.file);
  const interchange::Hdf5Info info = file.info(source.dataset);
  const std::string place = fmt::format("data set '{}'", source.dataset);
  if (info.shape.size() != 1 || info.shape[0] == 0)
    throw FileError(source.file, place, "labels: 1 dimension, not 0",
                    fmt::format("shape {}", data::shape_text(info.shape)));
  std::vector<std::uint8_t> labels;
  for (const float number : file.read(source.dataset)) {
    // A NaN is none either.
    if (!(number >= 0.0f && number <= 255.0f) || number != static_cast<float>(static_cast<std::uint8_t>(number)))
      throw FileError(source.file, fmt::format("{}, position {}", place, labels.size()), "a label from 0 to 255",
                      fmt::format("{}", number));
    labels.push_back(static_cast<std::uint8_t>(number));
  }
  return labels;
}

#else

[[noreturn]] void refuse(const Hdf5Source& source) {
  throw FileError(source.file, "", "an IDX file (plain or .gz) or a .npy file",
                  "HDF5, which this tool was built without");
}
data::Samples read_samples(const Hdf5Source& source, const std::string&) { refuse(source); }
std::vector<std::uint8_t> read_labels(const Hdf5Source& source) { refuse(source); }

#endif

}  // namespace

bool begins_as_hdf5(const std::string& path) {
  // HDF5 File Format Specification, section II.A, "Format Signature".
  constexpr std::string_view signature = "\x89HDF\r\n\x1a\n";
  std::string start(signature.size(), '\0');
  return std::ifstream(path, std::ios::binary).read(start.data(), 8) && start == signature;
}

data::Samples load_samples(const std::string& source, std::uint64_t held) {
  const auto hdf5 = hdf5_source(source);
  return hdf5 ? read_samples(*hdf5, source) : data::load_samples(source, held);
}

std::vector<std::uint8_t> load_labels(const std::string& source) {
  const auto hdf5 = hdf5_source(source);
  return hdf5 ? read_labels(*hdf5) : data::load_labels(source);
}

data::DataSet load_data_set(const std::string& source, std::uint64_t held) {
  const auto hdf5 = hdf5_source(source);
  return hdf5 ? data::with_validation(read_samples(*hdf5, source)) : data::load_data_set(source, held);
}

}  // namespace isthmus::tool
