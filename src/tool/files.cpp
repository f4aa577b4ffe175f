#include "files.hpp"

#include "output.hpp"

#include <isthmus/data/atomic_file.hpp>
#include <isthmus/error.hpp>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

namespace isthmus::tool {
namespace {

namespace fs = std::filesystem;

/// The identity of a file, equal for all its names: the file itself, or, for one that does not exist, the folder
/// and the name in it.
struct Identity {
  dev_t device = 0;
  ino_t number = 0;
  std::string name;
  bool operator==(const Identity&) const = default;
};

/// The identity of an existing file; nothing for devices and missing files, which reading reports.
std::optional<Identity> identity_of_existing(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0 || S_ISCHR(status.st_mode)) return std::nullopt;
  return Identity{status.st_dev, status.st_ino, {}};
}

/// The identity of a file to be written; nothing for devices and impossible paths, which writing reports.
std::optional<Identity> identity_to_be(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0) return identity_of_existing(path);
  const fs::path file = data::follow_links(path);
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  if (::stat(folder.c_str(), &status) != 0) return std::nullopt;
  return Identity{status.st_dev, status.st_ino, file.filename().string()};
}

/// The file of a source: `FILE`, or `FILE:DATASET` if there is no file of the whole name.
std::string file_of(const std::string& source) {
  struct stat status{};
  const auto is_there = [&](const std::string& path) { return ::stat(path.c_str(), &status) == 0; };
  if (is_there(source)) return source;
  for (std::size_t colon = source.find(':'); colon != std::string::npos; colon = source.find(':', colon + 1))
    if (const std::string file = source.substr(0, colon); is_there(file)) return file;
  return source;
}

struct KnownFile {
  std::string argument;
  Identity identity;
};

/// The regular file that standard output goes to, if it is one.
std::optional<KnownFile> standard_output() {
  struct stat status{};
  if (::fstat(STDOUT_FILENO, &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return KnownFile{"standard output", {status.st_dev, status.st_ino, {}}};
}

bool is_piped_output(const std::string& path) {
  struct stat file{}, output{};
  return ::stat(path.c_str(), &file) == 0 && ::fstat(STDOUT_FILENO, &output) == 0 && S_ISFIFO(file.st_mode) &&
         file.st_dev == output.st_dev && file.st_ino == output.st_ino;
}

}  // namespace

void check_files(const std::vector<NamedFile>& read, const std::vector<NamedFile>& written) {
  std::vector<KnownFile> known;
  for (const NamedFile& file : read)
    if (const auto identity = identity_of_existing(file_of(file.path)))
      known.push_back({file.argument, *identity});
  if (const auto output = standard_output()) known.push_back(*output);
  for (const NamedFile& file : written) {
    const auto identity = identity_to_be(file.path);
    for (const KnownFile& other : known)
      if (identity == other.identity)
        throw FileError(file.path, "", "another file to write to",
                        fmt::format("{} and {} to be one", file.argument, other.argument));
    data::require_writable_file(file.path);
    if (identity) known.push_back({file.argument, *identity});
    if (is_piped_output(file.path)) leave_output_to_file();
  }
}

}  // namespace isthmus::tool
