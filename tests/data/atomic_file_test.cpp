#include <isthmus/data/atomic_file.hpp>
#include <isthmus/error.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "data/temporary_folder.hpp"
#include "support/catch.hpp"

using isthmus::FileError;
using isthmus::data::require_writable_file;
using isthmus::data::require_writable_folder;
using isthmus::data::write_atomically;
using isthmus::data::write_atomically_in_pieces;

namespace {

namespace fs = std::filesystem;

std::ptrdiff_t entries(const fs::path& folder) {
  return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
}

}  // namespace

TEST_CASE("a file is replaced as a whole, and nothing is left beside it") {
  const TemporaryFolder folder;
  const auto path = folder.write("x", "an older and longer version");
  const std::string bytes{"new\0bytes\n", 10};
  write_atomically(path, bytes);
  CHECK(read_bytes(path) == bytes);
  write_atomically(path, "");
  CHECK(read_bytes(path).empty());
  CHECK(entries(folder.path()) == 1);
}

TEST_CASE("a file that cannot be written leaves everything as it was") {
  const TemporaryFolder folder;
  const std::string nowhere = (folder / "missing").string() + "/x";
  CHECK(message_of<FileError>([&] { write_atomically(nowhere, "bytes"); }) ==
        nowhere + ": cannot create a file beside it: No such file or directory");
  const std::string taken = (folder / "taken").string();
  fs::create_directory(taken);
  CHECK(message_of<FileError>([&] { write_atomically(taken, "bytes"); }) ==
        taken + ": cannot replace: Is a directory");
  CHECK(entries(folder.path()) == 1);
}

TEST_CASE("a symbolic link is followed, and what it leads to is replaced") {
  const TemporaryFolder folder, elsewhere;
  const auto outside = elsewhere.write("x", "older");
  fs::create_symlink(outside, folder / "far");
  fs::create_symlink("far", folder / "near");
  write_atomically(folder / "near", "ours");
  CHECK(read_bytes(outside) == "ours");
  CHECK(fs::is_symlink(folder / "near"));
  CHECK(fs::is_symlink(folder / "far"));
  // A file that does not exist yet is made where the link points to.
  fs::create_symlink(elsewhere / "new", folder / "dangling");
  write_atomically(folder / "dangling", "new");
  CHECK(read_bytes(elsewhere / "new") == "new");
  CHECK(entries(folder.path()) == 3);
  CHECK(entries(elsewhere.path()) == 2);
  // A failure leaves the target as it was.
  CHECK_THROWS_AS(write_atomically_in_pieces(folder / "near",
                                             [](const auto& append) {
                                               append("half");
                                               throw std::runtime_error("no more");
                                             }),
                  std::runtime_error);
  CHECK(read_bytes(outside) == "ours");
  fs::create_symlink("circle", folder / "circle");
  const std::string circle = (folder / "circle").string();
  CHECK(message_of<FileError>([&] { write_atomically(circle, "bytes"); }) ==
        circle + ": cannot write: Too many levels of symbolic links");
}

TEST_CASE("a link that has the temporary's name is left alone") {
  const TemporaryFolder folder, elsewhere;
  const auto outside = elsewhere.write("x", "somebody's");
  const std::string name = (folder / "x").string() + "." + std::to_string(::getpid()) + ".0";
  fs::create_symlink(outside, name);
  write_atomically(folder / "x", "ours");
  write_atomically(folder / "x", [](const std::string& temporary) { std::ofstream(temporary) << "by name"; });
  CHECK(read_bytes(folder / "x") == "by name");
  CHECK(read_bytes(outside) == "somebody's");
  CHECK(fs::is_symlink(name));
  CHECK(entries(folder.path()) == 2);
}

TEST_CASE("a file keeps its permissions, and a new one has those that the umask leaves") {
  const TemporaryFolder folder;
  const auto mode_of = [](const fs::path& path) {
    struct stat status{};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777;
  };
  const auto path = folder.write("x", "older");
  for (const mode_t mode : {0600u, 0664u, 0755u}) {
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    write_atomically(path, "newer");
    CHECK(mode_of(path) == mode);
  }
  const mode_t mask = ::umask(027);
  write_atomically(folder / "new", "new");
  write_atomically(folder / "named", [](const std::string& temporary) { std::ofstream(temporary) << "new"; });
  ::umask(mask);
  CHECK(mode_of(folder / "new") == 0640);
  CHECK(mode_of(folder / "named") == 0640);
}

TEST_CASE("another hard link goes on naming the earlier file") {
  const TemporaryFolder folder;
  fs::create_hard_link(folder.write("x", "older"), folder / "y");
  write_atomically(folder / "x", "newer");
  CHECK(read_bytes(folder / "x") == "newer");
  CHECK(read_bytes(folder / "y") == "older");
}

TEST_CASE("a read-only file is refused, as opening it for writing would be") {
  const TemporaryFolder folder;
  const std::string path = folder.write("x", "older").string();
  REQUIRE(::chmod(path.c_str(), 0444) == 0);
  REQUIRE(::chmod(folder.path().c_str(), 0777) == 0);
  const std::string refusal = path + ": cannot write: Permission denied";
  // Permissions do not hold for root, who becomes somebody else for a moment.
  const bool root = ::geteuid() == 0;
  if (root) REQUIRE(::seteuid(65534) == 0);
  const std::string said = message_of<FileError>([&] { write_atomically(path, "newer"); });
  const std::string said_before = message_of<FileError>([&] { require_writable_file(path); });
  if (root) REQUIRE(::seteuid(0) == 0);
  CHECK(said == refusal);
  CHECK(said_before == refusal);
  CHECK(read_bytes(path) == "older");
  CHECK(entries(folder.path()) == 1);
}

TEST_CASE("devices and pipes are written to and stay what they are; what else is no file is refused") {
  const TemporaryFolder folder;
  fs::create_symlink("/dev/null", folder / "null");
  write_atomically(folder / "null", "bytes");
  CHECK(fs::is_character_file("/dev/null"));
  CHECK(message_of<FileError>([] { write_atomically("/dev/full", "bytes"); }) ==
        "/dev/full: cannot write: No space left on device");
  const fs::path pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  std::string received;
  std::thread reader([&] { received = read_bytes(pipe); });
  write_atomically_in_pieces(pipe, [](const auto& append) {
    append("one ");
    append("two");
  });
  reader.join();
  CHECK(received == "one two");
  CHECK(fs::is_fifo(pipe));
  // A library that writes by itself needs to go back in its file.
  CHECK(message_of<FileError>([&] { write_atomically(pipe, [](const std::string&) { FAIL("written"); }); }) ==
        pipe.string() + ": expected a regular file, which its format needs, found a device or a pipe");

  const fs::path socket = folder / "socket";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  REQUIRE(socket.string().size() < sizeof address.sun_path);
  std::strcpy(address.sun_path, socket.c_str());
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  ::close(descriptor);
  CHECK(message_of<FileError>([&] { write_atomically(socket, "bytes"); }) ==
        socket.string() + ": expected a file, a character device or a pipe to write to, found a socket");
  CHECK(fs::is_socket(socket));
}

TEST_CASE("a descriptor's name in /proc leads to its pipe or its file") {
  const TemporaryFolder folder;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  write_atomically("/proc/self/fd/" + std::to_string(ends[1]), "through");
  ::close(ends[1]);
  char bytes[16] = {};
  CHECK(::read(ends[0], bytes, sizeof bytes) == 7);
  CHECK(bytes == std::string("through"));
  ::close(ends[0]);
  const auto path = folder.write("x", "older");
  const int file = ::open(path.c_str(), O_RDONLY);
  const std::string name = "/proc/self/fd/" + std::to_string(file);
  write_atomically(name, "newer");
  CHECK(read_bytes(path) == "newer");
  // The descriptor is of the earlier file, which has no name any more.
  CHECK(message_of<FileError>([&] { write_atomically(name, "newer"); }) ==
        name + ": expected a file that has a name, found one that was removed");
  ::close(file);
  CHECK(entries(folder.path()) == 1);
}

TEST_CASE("a writable folder is created if needed, and left empty") {
  const TemporaryFolder folder;
  require_writable_folder(folder / "a/b");
  CHECK(fs::is_empty(folder / "a/b"));
  require_writable_folder(folder / "a/b");
  CHECK(fs::is_empty(folder / "a/b"));
  const std::string file = folder.write("file", "bytes").string();
  CHECK_THROWS_AS(require_writable_folder(file), FileError);
  CHECK(read_bytes(file) == "bytes");
}
