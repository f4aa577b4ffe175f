#include <isthmus/data/atomic_file.hpp>
#include <isthmus/error.hpp>

#include <unistd.h>

#include "data/temporary_folder.hpp"
#include "support/catch.hpp"

using isthmus::FileError;
using isthmus::data::require_writable_folder;
using isthmus::data::write_atomically;

namespace {

std::ptrdiff_t entries(const std::filesystem::path& folder) {
  return std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator());
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
  std::filesystem::create_directory(taken);
  CHECK(message_of<FileError>([&] { write_atomically(taken, "bytes"); }) ==
        taken + ": cannot replace: Is a directory");
  CHECK(entries(folder.path()) == 1);
}

TEST_CASE("a symbolic link is replaced, and what it points to stays as it is") {
  const TemporaryFolder folder, elsewhere;
  const auto outside = elsewhere.write("x", "somebody's");
  std::filesystem::create_symlink(outside, folder / "x");
  write_atomically(folder / "x", "ours");
  CHECK(read_bytes(outside) == "somebody's");
  CHECK_FALSE(std::filesystem::is_symlink(folder / "x"));
  CHECK(read_bytes(folder / "x") == "ours");
  // The name that the temporary gets first is taken.
  write_atomically(folder / "x", "again");
  const std::string name = (folder / "x").string() + "." + std::to_string(::getpid()) + ".0";
  std::filesystem::create_symlink(outside, name);
  write_atomically(folder / "x", "and again");
  CHECK(read_bytes(folder / "x") == "and again");
  CHECK(read_bytes(outside) == "somebody's");
  CHECK(std::filesystem::is_symlink(name));
}

TEST_CASE("a writable folder is created if needed, and left empty") {
  const TemporaryFolder folder;
  require_writable_folder(folder / "a/b");
  CHECK(std::filesystem::is_empty(folder / "a/b"));
  require_writable_folder(folder / "a/b");
  CHECK(std::filesystem::is_empty(folder / "a/b"));
  const std::string file = folder.write("file", "bytes").string();
  CHECK_THROWS_AS(require_writable_folder(file), FileError);
  CHECK(read_bytes(file) == "bytes");
}
