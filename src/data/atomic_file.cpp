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

/// The file or device that a path leads to.
struct Target {
  std::filesystem::path file;  ///< symbolic links followed
  bool is_stream = false;      ///< a device or a pipe: there is nothing to replace
  bool exists = false;
  struct stat status{};
};

const char* kind_of(mode_t mode) {
  if (S_ISBLK(mode)) return "a block device";
  return S_ISSOCK(mode) ? "a socket" : "something else";
}

/// Throws FileError unless something can be written there.
Target find_target(const std::filesystem::path& path) {
  Target target;
  // Through the links of /proc/self/fd, whose text is no path if they lead to a pipe.
  if (::stat(path.c_str(), &target.status) != 0) {
    target.file = follow_links(path);
    return target;
  }
  const mode_t mode = target.status.st_mode;
  target.exists = true;
  target.is_stream = S_ISCHR(mode) || S_ISFIFO(mode);
  if (target.is_stream) {
    target.file = path;
  } else if (S_ISDIR(mode)) {
    throw FileError::system(path.string(), "replace", EISDIR);
  } else if (!S_ISREG(mode)) {
    throw FileError(path.string(), "", "a file, a character device or a pipe to write to", kind_of(mode));
  } else {
    target.file = follow_links(path);
    struct stat found{};
    if (::stat(target.file.c_str(), &found) != 0 || found.st_ino != target.status.st_ino ||
        found.st_dev != target.status.st_dev)
      throw FileError(path.string(), "", "a file that has a name", "one that was removed");
  }
  // A file without write permission is not replaced either, though the folder's permissions would allow it.
  if (::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) != 0)
    throw FileError::system(path.string(), "write", errno);
  return target;
}

void write_all(int descriptor, std::string_view bytes, const std::string& name) {
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t written = ::write(descriptor, bytes.data() + done, bytes.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) throw FileError::system(name, "write", errno);
    done += static_cast<std::size_t>(written);
  }
}

/// A file beside the target, since a rename is atomic only within one file system; it is removed again unless it
/// replaces the target. Without a name, where the file system can do that, nothing is left of it even if the
/// process is killed; a library that opens its file itself needs a name.
class Temporary {
 public:
  /// `path` is what messages call the target.
  Temporary(const std::filesystem::path& path, const Target& target, bool named)
      : path_(path.string()), target_(target), file_(named ? -1 : open_nameless()) {
    if (file_.number() >= 0) return;
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    const bool opened = take_name([&](const char* name) {
      file_.reset(::open(name, flags, new_file));
      return file_.number() >= 0;
    });
    require(opened, "create a file beside it");
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() {
    if (!name_.empty()) ::unlink(name_.c_str());
  }

  const std::string& name() const { return name_; }
  void write(std::string_view bytes) const { write_all(file_.number(), bytes, path_); }

  void replace() {
    keep_permissions();
    require(::fsync(file_.number()) == 0, "sync");
    require(!name_.empty() || get_name(), "name a file beside it");
    require(file_.close(), "close");
    require(::rename(name_.c_str(), target_.file.c_str()) == 0, "replace");
    name_.clear();
    Descriptor directory(::open(folder_of(target_.file).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // Some file systems refuse to sync a folder; the file itself is whole either way.
    if (directory.number() >= 0) ::fsync(directory.number());
  }

 private:
  /// The mode of a new file, before the umask.
  static constexpr mode_t new_file = 0666;

  void require(bool done, const char* action) const {
    if (!done) throw FileError::system(path_, action, errno);
  }

  void keep_permissions() const {
    if (!target_.exists) return;
    const struct stat& old = target_.status;
    // Only root may give a file away, others to groups of their own alone: else it is the writer's.
    [[maybe_unused]] const int given = ::fchown(file_.number(), old.st_uid, old.st_gid);
    require(::fchmod(file_.number(), old.st_mode & 0777) == 0, "set the permissions");
  }

  /// Opens a file without a name (O_TMPFILE). It gets its name through /proc, which a bare container may lack.
  int open_nameless() const {
    if (::access("/proc/self/fd", X_OK) != 0) return -1;
    return ::open(folder_of(target_.file).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, new_file);
  }

  /// A link cannot replace a file, but a rename can.
  bool get_name() {
    const std::string self = "/proc/self/fd/" + std::to_string(file_.number());
    return take_name([&](const char* name) {
      return ::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0;
    });
  }

  /// Tries unused names beside the target. False, with errno, if none can be used.
  template <class Make>
  bool take_name(Make make) {
    for (int attempt = 0; attempt < 100; ++attempt) {
      name_ = target_.file.string() + "." + std::to_string(::getpid()) + "." + std::to_string(attempt);
      if (make(name_.c_str())) return true;
      if (errno != EEXIST) break;
    }
    name_.clear();
    return false;
  }

  std::string path_;
  const Target& target_;
  std::string name_;
  Descriptor file_;
};

void write_stream(const std::filesystem::path& path, const std::function<void(const AppendBytes& append)>& write) {
  Descriptor stream(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
  if (stream.number() < 0) throw FileError::system(path.string(), "open", errno);
  write([&](std::string_view bytes) { write_all(stream.number(), bytes, path.string()); });
  if (!stream.close()) throw FileError::system(path.string(), "close", errno);
}

}  // namespace

std::filesystem::path follow_links(const std::filesystem::path& path) {
  constexpr int most_links = 40;  // Linux follows no more either.
  std::filesystem::path at = path;
  for (int links = 0; links <= most_links; ++links) {
    std::error_code is_no_link;
    const std::filesystem::path to = std::filesystem::read_symlink(at, is_no_link);
    if (is_no_link) return at;
    at = at.parent_path() / to;
  }
  throw FileError::system(path.string(), "write", ELOOP);
}

void write_atomically(const std::filesystem::path& path, std::string_view bytes) {
  write_atomically_in_pieces(path, [&](const AppendBytes& append) { append(bytes); });
}

void write_atomically_in_pieces(const std::filesystem::path& path,
                                const std::function<void(const AppendBytes& append)>& write) {
  const Target target = find_target(path);
  if (target.is_stream) return write_stream(path, write);
  Temporary file(path, target, false);
  write([&](std::string_view bytes) { file.write(bytes); });
  file.replace();
}

void write_atomically(const std::filesystem::path& path,
                      const std::function<void(const std::string& temporary)>& write) {
  const Target target = find_target(path);
  if (target.is_stream)
    throw FileError(path.string(), "", "a regular file, which its format needs", "a device or a pipe");
  Temporary file(path, target, true);
  write(file.name());
  file.replace();
}

void require_writable_file(const std::filesystem::path& path) {
  const Target target = find_target(path);
  struct stat folder{};
  if (!target.exists && ::stat(folder_of(target.file).c_str(), &folder) != 0)
    throw FileError::system(path.string(), "create a file beside it", errno);
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
