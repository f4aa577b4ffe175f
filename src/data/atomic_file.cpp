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

}  // namespace

void write_atomically(const std::filesystem::path& path, std::string_view bytes) {
  // In the same folder: a rename is atomic only within one file system.
  std::string temporary = path.string() + ".XXXXXX";
  Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (file.number() < 0) throw FileError::system(path.string(), "create a file beside it", errno);
  const auto fail = [&](const char* action) {
    const int error_number = errno;
    ::unlink(temporary.c_str());
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
  if (!file.close()) throw fail("close");
  if (::rename(temporary.c_str(), path.c_str()) != 0) throw fail("replace");
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
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
