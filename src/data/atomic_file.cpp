#include <isthmus/data/atomic_file.hpp>
#include <isthmus/error.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

namespace isthmus::data {
namespace {

/// A descriptor that closes itself. `close()` reports what the destructor could not.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  int number() const { return number_; }
  bool close() {
    const int number = number_;
    number_ = -1;
    return number < 0 || ::close(number) == 0;
  }
  void reset(int number) {
    close();
    number_ = number;
  }

 private:
  int number_;
};

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

/// A file beside `path`, since a rename is atomic only within one file system; it is removed again unless it
/// replaces `path`. Without a name, where the file system can do that, nothing is left of it even if the process is
/// killed; a library that opens its file itself needs a name.
class Temporary {
 public:
  Temporary(const std::filesystem::path& path, bool named)
      : path_(path), file_(named ? -1 : open_nameless()) {
    if (file_.number() >= 0) return;
    name_ = path.string() + ".XXXXXX";
    file_.reset(::mkostemp(name_.data(), O_CLOEXEC));
    if (file_.number() < 0) throw FileError::system(path.string(), "create a file beside it", errno);
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() {
    if (!name_.empty()) ::unlink(name_.c_str());
  }

  const std::string& name() const { return name_; }

  void write(std::string_view bytes) const {
    for (std::size_t done = 0; done < bytes.size();) {
      const ssize_t written = ::write(file_.number(), bytes.data() + done, bytes.size() - done);
      if (written < 0 && errno == EINTR) continue;
      require(written > 0, "write");
      done += static_cast<std::size_t>(written);
    }
  }

  void replace() {
    require(::fchmod(file_.number(), 0644) == 0, "set the permissions");
    require(::fsync(file_.number()) == 0, "sync");
    require(!name_.empty() || get_name(), "name a file beside it");
    require(file_.close(), "close");
    require(::rename(name_.c_str(), path_.c_str()) == 0, "replace");
    name_.clear();
    Descriptor directory(::open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // Some file systems refuse to sync a folder; the file itself is whole either way.
    if (directory.number() >= 0) ::fsync(directory.number());
  }

 private:
  void require(bool done, const char* action) const {
    if (!done) throw FileError::system(path_.string(), action, errno);
  }

  /// It gets its name through /proc, which a bare container may lack.
  int open_nameless() const {
    if (::access("/proc/self/fd", X_OK) != 0) return -1;
    return ::open(folder_of(path_).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  }

  /// A link cannot replace a file, but a rename can. False, with errno, if it cannot be done.
  bool get_name() {
    const std::string self = "/proc/self/fd/" + std::to_string(file_.number());
    for (int attempt = 0; attempt < 100; ++attempt) {
      name_ = path_.string() + "." + std::to_string(::getpid()) + "." + std::to_string(attempt);
      if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name_.c_str(), AT_SYMLINK_FOLLOW) == 0) return true;
      if (errno != EEXIST) break;
    }
    name_.clear();
    return false;
  }

  std::filesystem::path path_;
  std::string name_;
  Descriptor file_;
};

}  // namespace

void write_atomically(const std::filesystem::path& path, std::string_view bytes) {
  Temporary file(path, false);
  file.write(bytes);
  file.replace();
}

void write_atomically_in_pieces(const std::filesystem::path& path,
                                const std::function<void(const AppendBytes& append)>& write) {
  Temporary file(path, false);
  write([&](std::string_view bytes) { file.write(bytes); });
  file.replace();
}

void write_atomically(const std::filesystem::path& path,
                      const std::function<void(const std::string& temporary)>& write) {
  Temporary file(path, true);
  write(file.name());
  file.replace();
}

void require_writable_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw FileError::system(folder.string(), "create the folder", error.value());
  std::string probe = (folder / ".write-test.XXXXXX").string();
  Descriptor file(::mkostemp(probe.data(), O_CLOEXEC));
  if (file.number() < 0) throw FileError::system(folder.string(), "write into the folder", errno);
  ::unlink(probe.c_str());
}

}  // namespace isthmus::data
