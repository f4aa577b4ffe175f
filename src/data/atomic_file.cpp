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

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

/// A new file for what is to become `path`, in the same folder: a rename is atomic only within one file system.
/// It has no name as yet, so that nothing is left of it if the process is killed, where the file system can do
/// that; then `temporary` is empty, and its name otherwise.
int create_beside(const std::filesystem::path& path, std::string& temporary) {
  // It gets its name through /proc, which a bare container may lack.
  if (::access("/proc/self/fd", X_OK) == 0) {
    const int nameless = ::open(folder_of(path).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (nameless >= 0) return nameless;
  }
  temporary = path.string() + ".XXXXXX";
  return ::mkostemp(temporary.data(), O_CLOEXEC);
}

/// Gives a file without a name one beside `path`: a link cannot replace a file, but a rename can. False, with
/// errno, if it cannot be done.
bool name_beside(int file, const std::filesystem::path& path, std::string& temporary) {
  const std::string self = "/proc/self/fd/" + std::to_string(file);
  for (int attempt = 0; attempt < 100; ++attempt) {
    temporary = path.string() + "." + std::to_string(::getpid()) + "." + std::to_string(attempt);
    if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, temporary.c_str(), AT_SYMLINK_FOLLOW) == 0) return true;
    if (errno != EEXIST) break;
  }
  temporary.clear();
  return false;
}

}  // namespace

void write_atomically(const std::filesystem::path& path, std::string_view bytes) {
  std::string temporary;
  Descriptor file(create_beside(path, temporary));
  if (file.number() < 0) throw FileError::system(path.string(), "create a file beside it", errno);
  const auto fail = [&](const char* action) {
    const int error_number = errno;
    if (!temporary.empty()) ::unlink(temporary.c_str());
    return FileError::system(path.string(), action, error_number);
  };
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t written = ::write(file.number(), bytes.data() + done, bytes.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) throw fail("write");
    done += static_cast<std::size_t>(written);
  }
  if (::fchmod(file.number(), 0644) != 0) throw fail("set the permissions");
  if (::fsync(file.number()) != 0) throw fail("sync");
  if (temporary.empty() && !name_beside(file.number(), path, temporary)) throw fail("name a file beside it");
  if (!file.close()) throw fail("close");
  if (::rename(temporary.c_str(), path.c_str()) != 0) throw fail("replace");
  Descriptor directory(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some file systems refuse to sync a folder; the file itself is whole either way.
  if (directory.number() >= 0) ::fsync(directory.number());
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
