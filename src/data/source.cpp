#include <isthmus/data/idx.hpp>
#include <isthmus/data/input_file.hpp>
#include <isthmus/data/npy.hpp>
#include <isthmus/data/source.hpp>
#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
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

namespace isthmus::data {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 2> known_names{"mnist", "fashion-mnist"};
constexpr const char* files_understood = "an IDX file (plain or .gz) or a .npy file";

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
Samples load_part(const fs::path& folder, const std::string& part, std::uint64_t held) {
  const std::string images_name = part + "-images-idx3-ubyte";
  const auto images_path = plain_or_gzip(folder, images_name);
  if (!images_path) {
    throw FileError(folder.string(), "", fmt::format("{0} or {0}.gz (tests/setup installs it)", images_name),
                    "neither");
  }
  const auto labels_path = plain_or_gzip(folder, part + "-labels-idx1-ubyte");
  const Samples images = read_idx_samples(*images_path, held);
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

DataSet load_by_name(const std::string& name, std::uint64_t held) {
  const auto folders = folders_of(name);
  const auto folder = std::find_if(folders.begin(), folders.end(), [](const fs::path& candidate) {
    return plain_or_gzip(candidate, "train-images-idx3-ubyte").has_value();
  });
  if (folder == folders.end()) {
    const std::string looked =
        joined(folders, " or ", [](const fs::path& candidate) { return candidate.string(); });
    throw FileError(
        name, "",
        fmt::format("train-images-idx3-ubyte, plain or .gz, in {} (tests/setup installs it)", looked),
        "none");
  }
  DataSet set{load_part(*folder, "train", held), load_part(*folder, "t10k", held)};
  if (set.train.shape() != set.validation.shape()) {
    throw FileError(
        set.validation.name(), "byte 8",
        fmt::format("images of shape {}, as in {}", shape_text(set.train.shape()), set.train.name()),
        shape_text(set.validation.shape()));
  }
  return set;
}

enum class Format { idx, npy };

/// What a file's first bytes say. Throws FileError.
Format format_of(const std::string& path) {
  std::array<unsigned char, 6> start{};
  std::size_t size = 0;
  {
    InputFile file(path, Decoding::plain);
    size = file.read(start.data(), start.size());
  }
  if (size == 0) throw FileError(path, "", files_understood, "an empty file");
  if (std::string_view(reinterpret_cast<const char*>(start.data()), size) == "\x93NUMPY") return Format::npy;
  const bool gzip = start[0] == 0x1f && start[1] == 0x8b;
  const bool idx = start[0] == 0 && start[1] == 0;
  if (gzip || idx) return Format::idx;
  throw FileError(path, "byte 0", files_understood, hex_text(std::span(start).first(size)));
}

}  // namespace

Samples load_samples(const std::string& path, std::uint64_t held) {
  return format_of(path) == Format::npy ? read_npy_samples(path, held) : read_idx_samples(path, held);
}

std::vector<std::uint8_t> load_labels(const std::string& path) {
  return format_of(path) == Format::npy ? read_npy_labels(path) : read_idx_labels(path);
}

DataSet with_validation(const Samples& all) {
  if (all.count() < 2) {
    throw FileError(all.name(), "", "at least 2 samples, to train on and to validate with",
                    fmt::format("{}", all.count()));
  }
  const std::size_t validation = std::max<std::size_t>(1, all.count() / 10);
  const std::size_t train = all.count() - validation;
  return {all.slice(0, train), all.slice(train, validation)};
}

DataSet load_data_set(const std::string& source, std::uint64_t held) {
  const bool known = std::find(known_names.begin(), known_names.end(), source) != known_names.end();
  if (known) return load_by_name(source, held);
  std::error_code unreadable;
  if (!fs::exists(source, unreadable)) {
    const std::string names = joined(known_names, ", ", [](std::string_view name) { return name; });
    const bool hdf5 = source.find(".h5:") != std::string::npos;
    const std::vector<std::string> candidates(known_names.begin(), known_names.end());
    throw FileError(source, "", fmt::format("{}, or the path of {}", names, files_understood),
                    (hdf5 ? "an HDF5 data set" : "no such file") + nearest_hint(source, candidates));
  }
  return with_validation(load_samples(source, held));
}

}  // namespace isthmus::data
