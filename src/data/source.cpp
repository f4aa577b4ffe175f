#include <isthmus/data/idx.hpp>
#include <isthmus/data/npy.hpp>
#include <isthmus/data/source.hpp>
#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "joined.hpp"
#include "nearest.hpp"
#include "shapes.hpp"
#include "text.hpp"

namespace isthmus::data {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 2> known_names{"mnist", "fashion-mnist"};
constexpr const char* formats_loaded = "an IDX, .npy or .npz file";

/// An environment variable; one that is set but empty counts as unset, as the XDG specification has it.
std::optional<fs::path> environment_path(const char* variable) {
  const char* value = std::getenv(variable);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return fs::path(value);
}

std::vector<fs::path> folders_of(const std::string& name) {
  std::vector<fs::path> folders;
  if (const auto data = environment_path("ISTHMUS_DATA")) folders.push_back(*data / name);
  if (const auto share = environment_path("XDG_DATA_HOME")) {
    folders.push_back(*share / "isthmus" / name);
  } else if (const auto home = environment_path("HOME")) {
    folders.push_back(*home / ".local/share/isthmus" / name);
  }
  folders.push_back(fs::path("/usr/share/datasets") / name);
  return folders;
}

std::optional<fs::path> plain_or_gzip(const fs::path& folder, const std::string& file) {
  for (const std::string& name : {file, file + ".gz"}) {
    std::error_code unreadable;
    if (fs::exists(folder / name, unreadable)) return folder / name;
  }
  return std::nullopt;
}

/// `part` is train or t10k, as the standard names have it.
Samples load_part(const fs::path& folder, const std::string& part, std::uint64_t held, Fill fill) {
  const std::string images_name = part + "-images-idx3-ubyte";
  const auto images_path = plain_or_gzip(folder, images_name);
  if (!images_path) {
    throw FileError(folder.string(), "", fmt::format("{0} or {0}.gz (tests/setup installs it)", images_name),
                    "neither");
  }
  const auto labels_path = plain_or_gzip(folder, part + "-labels-idx1-ubyte");
  Samples images = read_idx_samples(*images_path, held, BytesAre::pixels, fill);
  if (images.shape().size() != 2) {
    throw FileError(images_path->string(), "byte 3", "images, so 3 dimensions",
                    fmt::format("{}", images.shape().size() + 1));
  }
  if (!labels_path) return images;
  std::vector<std::uint8_t> labels = read_idx_labels(*labels_path);
  if (labels.size() != images.count()) {
    throw FileError(labels_path->string(), "byte 4", fmt::format("{} labels, one per image", images.count()),
                    fmt::format("{}", labels.size()));
  }
  return images.with_labels(std::move(labels));
}

DataSet load_by_name(const std::string& name, std::uint64_t held, Fill fill) {
  const auto folders = folders_of(name);
  const auto folder = std::find_if(folders.begin(), folders.end(), [](const fs::path& candidate) {
    return plain_or_gzip(candidate, "train-images-idx3-ubyte").has_value();
  });
  if (folder == folders.end()) {
    const std::string looked =
        joined(folders, " or ", [](const fs::path& candidate) { return candidate.string(); });
    throw FileError(name, "",
                    fmt::format("train-images-idx3-ubyte, plain or .gz, in {} (tests/setup installs it)", looked),
                    "none");
  }
  DataSet set{load_part(*folder, "train", held, fill), load_part(*folder, "t10k", held, fill)};
  for (const Samples* part : {&set.train, &set.validation})
    if (part->count() == 0) throw FileError(part->name(), "byte 4", "at least 1 image", "0");
  if (set.train.shape() != set.validation.shape()) {
    throw FileError(set.validation.name(), "byte 8",
                    fmt::format("images of shape {}, as in {}", shape_text(set.train.shape()), set.train.name()),
                    shape_text(set.validation.shape()));
  }
  return set;
}

/// Throws FileError if a name was given of what is one array.
void require_no_part(const Source& source) {
  if (source.part.empty()) return;
  throw FileError(source.file, "", "no name behind it: it is one array", in_quotes(source.part));
}

FileError not_loaded(const Source& source) {
  return FileError(source.file, "", formats_loaded, found_text(source.is, Wanted::samples));
}

Source require_source(const std::string& source) {
  if (auto found = find_source(source)) return *std::move(found);
  throw FileError::system(source, "open", ENOENT);
}

}  // namespace

std::optional<Source> find_source(const std::string& source) {
  std::error_code unreadable;
  if (fs::exists(source, unreadable)) return Source{source, "", recognise(source)};
  for (std::size_t colon = source.rfind(':'); colon != std::string::npos && colon > 0;
       colon = source.rfind(':', colon - 1)) {
    const std::string file = source.substr(0, colon);
    if (fs::exists(file, unreadable)) return Source{file, source.substr(colon + 1), recognise(file)};
  }
  return std::nullopt;
}

bool is_loaded(const RecognisedFile& file) {
  return file.kind == FileKind::idx || file.kind == FileKind::npy || (file.kind == FileKind::npz && !file.gzip);
}

Samples load_samples(const Source& source, std::uint64_t held, BytesAre bytes, Fill fill) {
  if (!is_loaded(source.is)) throw not_loaded(source);
  if (source.is.kind == FileKind::npz) return read_npz_samples(source.file, source.part, held, bytes, fill);
  require_no_part(source);
  if (source.is.kind == FileKind::npy) return read_npy_samples(source.file, held, bytes, fill);
  return read_idx_samples(source.file, held, bytes, fill);
}

Samples load_samples(const std::string& source, std::uint64_t held, BytesAre bytes, Fill fill) {
  return load_samples(require_source(source), held, bytes, fill);
}

std::vector<std::uint8_t> load_labels(const Source& source) {
  if (!is_loaded(source.is)) throw not_loaded(source);
  if (source.is.kind == FileKind::npz) return read_npz_labels(source.file, source.part);
  require_no_part(source);
  return source.is.kind == FileKind::npy ? read_npy_labels(source.file) : read_idx_labels(source.file);
}

std::vector<std::uint8_t> load_labels(const std::string& source) { return load_labels(require_source(source)); }

DataSet with_validation(const Samples& all) {
  if (all.count() < 2) {
    throw FileError(all.name(), "", "at least 2 samples, to train on and to validate with",
                    fmt::format("{}", all.count()));
  }
  const std::size_t validation = std::max<std::size_t>(1, all.count() / 10);
  const std::size_t train = all.count() - validation;
  return {all.slice(0, train), all.slice(train, validation)};
}

bool is_known_name(const std::string& source) {
  return std::find(known_names.begin(), known_names.end(), source) != known_names.end();
}

DataSet load_data_set(const std::string& source, std::uint64_t held, Fill fill) {
  if (is_known_name(source)) return load_by_name(source, held, fill);
  const auto found = find_source(source);
  if (!found) throw no_such_source(source, formats_loaded);
  return with_validation(load_samples(*found, held, BytesAre::pixels, fill));
}

FileError no_such_source(const std::string& source, const std::string& formats) {
  const std::string names = joined(known_names, ", ", [](std::string_view name) { return name; });
  const std::vector<std::string> candidates(known_names.begin(), known_names.end());
  return FileError(source, "", fmt::format("{}, or the path of {}", names, formats),
                   "no such file" + nearest_hint(source, candidates));
}

}  // namespace isthmus::data
