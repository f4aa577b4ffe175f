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

 private:
  int number_;
};

/// A file beside `path` that is removed again unless it replaces `path`.
class Temporary {
 public:
  explicit Temporary(const std::filesystem::path& path)
      // In the same folder: a rename is atomic only within one file system.
      : path_(path), name_(path.string() + ".XXXXXX"), file_(::mkostemp(name_.data(), O_CLOEXEC)) {
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
    require(file_.close(), "close");
    require(::rename(name_.c_str(), path_.c_str()) == 0, "replace");
    name_.clear();
    const auto folder = path_.has_parent_path() ? path_.parent_path() : std::filesystem::path(".");
    Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // Some file systems refuse to sync a folder; the file itself is whole either way.
    if (directory.number() >= 0) ::fsync(directory.number());
  }

 private:
  void require(bool done, const char* action) const {
    if (!done) throw FileError::system(path_.string(), action, errno);
  }

  std::filesystem::path path_;
  std::string name_;
  Descriptor file_;
};

}  // namespace

void write_atomically(const std::filesystem::path& path, std::string_view bytes) {
  Temporary file(path);
  file.write(bytes);
  file.replace();
}

void write_atomically(const std::filesystem::path& path,
                      const std::function<void(const std::string& temporary)>& write) {
  Temporary file(path);
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
