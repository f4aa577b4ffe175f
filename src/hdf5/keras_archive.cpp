// .keras, the archive of a whole model. Source: Keras 3, keras/src/saving/saving_lib.py.
#include <isthmus/data/input_file.hpp>
#include <isthmus/data/zip.hpp>
#include <isthmus/error.hpp>
#include <isthmus/interchange/import_hdf5.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <vector>

#include "keras_config.hpp"

namespace isthmus::interchange {
namespace {

namespace fs = std::filesystem;

/// Bytes of a configuration, which becomes a tree in memory; models of hundreds of layers have one.
constexpr std::uint64_t largest_config = std::uint64_t{8} << 20;

fs::path temporary_folder() {
  std::error_code not_there;
  const fs::path folder = fs::temp_directory_path(not_there);
  return not_there ? fs::path("/tmp") : folder;
}

/// A file in the folder for temporary files, for as long as it is needed.
class TemporaryCopy {
 public:
  /// A copy of all bytes of `source`.
  explicit TemporaryCopy(data::InputFile& source)
      : path_((temporary_folder() / "isthmus-XXXXXX").string()), descriptor_(::mkostemp(path_.data(), O_CLOEXEC)) {
    if (descriptor_ < 0) throw FileError::system(path_, "make a temporary file", errno);
    try {
      fill(source);
    } catch (...) {
      remove();
      throw;
    }
  }
  TemporaryCopy(const TemporaryCopy&) = delete;
  TemporaryCopy& operator=(const TemporaryCopy&) = delete;
  ~TemporaryCopy() { remove(); }

  const std::string& path() const { return path_; }

 private:
  void fill(data::InputFile& source) const {
    std::vector<char> piece(std::size_t{1} << 20);
    while (const std::size_t size = source.read(piece.data(), piece.size()))
      for (std::size_t done = 0; done < size;) {
        const ssize_t written = ::write(descriptor_, piece.data() + done, size - done);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) throw FileError::system(path_, "write", errno);
        done += static_cast<std::size_t>(written);
      }
    source.require_end();
  }
  void remove() const {
    ::close(descriptor_);
    ::unlink(path_.c_str());
  }

  std::string path_;
  int descriptor_;
};

const data::ZipEntry& entry_of(const std::vector<data::ZipEntry>& entries, const std::string& name,
                               const std::string& file) {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const data::ZipEntry& entry) { return entry.name == name; });
  if (found == entries.end())
    throw FileError(file, "", fmt::format("{} in the archive of a Keras model", name), "none");
  return *found;
}

/// The layer of a tensor: `layers/dense` of `layers/dense/vars/0`.
std::string_view layer_path(std::string_view tensor) {
  const std::size_t end = tensor.rfind("/vars/");
  return tensor.substr(0, end == std::string_view::npos ? 0 : end);
}

}  // namespace

ForeignWeights read_keras_weights(const fs::path& path, const Hdf5Isolation& isolation) {
  const std::string config_name = "config.json", weights_name = "model.weights.h5";
  const std::vector<data::ZipEntry> entries = data::read_zip_directory(path);
  data::InputFile config(path, entry_of(entries, config_name, path.string()), config_name);
  if (config.most_bytes() > largest_config)
    throw FileError(config.name(), "", fmt::format("at most {} bytes", largest_config),
                    fmt::format("{}", config.most_bytes()));
  std::string text(config.most_bytes(), '\0');
  config.read_header(text.data(), text.size(), "the configuration");
  config.require_end();
  const KerasLayer model = parse_keras_config(text, config.name());

  data::InputFile file(path, entry_of(entries, weights_name, path.string()), weights_name);
  const TemporaryCopy copy(file);
  ForeignWeights weights;
  try {
    weights = read_hdf5_weights(copy.path(), isolation);
  } catch (const FileError& error) {
    // Errors in the copy are errors in the archive.
    const std::string_view what = error.what();
    if (!what.starts_with(copy.path())) throw;
    throw FileError(file.name() + std::string(what.substr(copy.path().size())), "", "", "");
  }
  weights.file = path.string();
  for (ForeignTensor& tensor : weights.tensors)
    if (tensor.layer.empty()) tensor.layer = name_at(model, layer_path(tensor.name));
  return weights;
}

}  // namespace isthmus::interchange
