#include <isthmus/data/input_file.hpp>
#include <isthmus/error.hpp>

#include <sys/stat.h>

#include "data/gzip.hpp"
#include "data/temporary_folder.hpp"
#include "support/catch.hpp"

using isthmus::FileError;
using isthmus::data::Decoding;
using isthmus::data::InputFile;

namespace {

std::string read_all(const std::filesystem::path& path, Decoding decoding, std::uint64_t count) {
  InputFile file(path, decoding);
  const auto bytes = file.read_rest<char>(count);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

TEST_CASE("a plain file and its gzip give the same bytes, whatever the name") {
  const TemporaryFolder folder;
  const auto plain = folder.write("a.gz", "0123456789");
  const auto packed = folder.write("b", gzip("0123456789"));
  CHECK(read_all(plain, Decoding::gzip_if_marked, 10) == "0123456789");
  CHECK(read_all(packed, Decoding::gzip_if_marked, 10) == "0123456789");
  CHECK(read_all(packed, Decoding::plain, gzip("0123456789").size()) == gzip("0123456789"));
  CHECK(read_all(folder.write("two", gzip("01234") + gzip("56789")), Decoding::gzip_if_marked, 10) ==
        "0123456789");
}

TEST_CASE("gzip data larger than the first buffer come whole") {
  const TemporaryFolder folder;
  std::string bytes(9'000'001, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * i >> 7);
  CHECK(read_all(folder.write("a.gz", gzip(bytes)), Decoding::gzip_if_marked, bytes.size()) == bytes);
}

TEST_CASE("positions count what was read") {
  const TemporaryFolder folder;
  InputFile file(folder.write("a", "0123456789"), Decoding::plain);
  char bytes[8] = {};
  CHECK(file.most_bytes() == 10);
  CHECK_FALSE(file.compressed());
  file.read_header(bytes, 4, "a header");
  CHECK(file.position() == 4);
  CHECK(file.read(bytes, 8) == 6);
  CHECK(file.position() == 10);
  CHECK(file.read(bytes, 8) == 0);
  CHECK_NOTHROW(file.require_end());
}

TEST_CASE("what is no regular file is refused") {
  const TemporaryFolder folder;
  const std::string missing = (folder / "missing").string();
  CHECK(message_of<FileError>([&] { InputFile(missing, Decoding::plain); }) ==
        missing + ": cannot open: No such file or directory");
  CHECK(message_of<FileError>([&] { InputFile(folder.path(), Decoding::plain); }) ==
        folder.path().string() + ": expected a regular file, found a folder");
  const std::string pipe = (folder / "pipe").string();
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(message_of<FileError>([&] { InputFile(pipe, Decoding::plain); }) ==
        pipe + ": expected a regular file, found something else");
}

TEST_CASE("an empty file, a short header, missing data and extra data are told apart") {
  const TemporaryFolder folder;
  char bytes[8] = {};
  const std::string empty = folder.write("empty", "").string();
  CHECK(message_of<FileError>([&] {
          InputFile(empty, Decoding::gzip_if_marked).read_header(bytes, 4, "a header");
        }) == empty + ": expected a header, found an empty file");
  const std::string five = folder.write("five", "01234").string();
  CHECK(message_of<FileError>([&] { InputFile(five, Decoding::plain).read_header(bytes, 8, "a header"); }) ==
        five + ": byte 0: expected a header (8 bytes), found the end of the file after 5");
  CHECK(message_of<FileError>([&] { read_all(five, Decoding::plain, 6); }) ==
        five + ": byte 0: expected 6 bytes in all, found 5");
  CHECK(message_of<FileError>([&] { read_all(five, Decoding::plain, 3); }) ==
        five + ": byte 3: expected the end of the file, found 2 more bytes");
  const std::string packed = folder.write("packed", gzip("01234")).string();
  CHECK(message_of<FileError>([&] { read_all(packed, Decoding::gzip_if_marked, 6); }) ==
        packed + ": byte 5: expected 6 bytes in all, found 5");
  CHECK(message_of<FileError>([&] { read_all(packed, Decoding::gzip_if_marked, 3); }) ==
        packed + ": byte 3: expected the end of the file, found more data");
}

TEST_CASE("a size that the file cannot hold is refused before memory is taken") {
  const TemporaryFolder folder;
  const std::string plain = folder.write("plain", "01234").string();
  const std::string packed = folder.write("packed", gzip("01234")).string();
  // Were it allocated, 2^62 bytes would give std::bad_alloc instead.
  const std::uint64_t huge = std::uint64_t{1} << 62;
  CHECK(message_of<FileError>([&] { read_all(plain, Decoding::plain, huge); }) ==
        plain + ": byte 0: expected 4611686018427387904 bytes in all, found 5");
  CHECK(message_of<FileError>([&] { read_all(packed, Decoding::gzip_if_marked, huge); }) ==
        packed + ": byte 0: expected 4611686018427387904 bytes in all, found at most " +
            std::to_string(gzip("01234").size() * 1032));
  CHECK(message_of<FileError>([&] { InputFile(plain, Decoding::plain).read_rest<float>(huge); }) ==
        plain + ": byte 0: expected a size below 2^64 bytes, found 5");
}

TEST_CASE("gzip data cut short at any byte, or with any byte of the check sum changed, are refused") {
  const TemporaryFolder folder;
  const std::string bytes = "some text that is compressed, compressed, compressed";
  const std::string whole = gzip(bytes);
  for (std::size_t size = 2; size < whole.size(); ++size) {
    INFO("cut to " << size << " of " << whole.size());
    const auto path = folder.write("cut.gz", whole.substr(0, size));
    CHECK(message_of<FileError>([&] {
            read_all(path, Decoding::gzip_if_marked, bytes.size());
          }).ends_with("of the decompressed data: expected intact gzip data, found damaged or cut short"));
  }
  for (std::size_t i = whole.size() - 8; i < whole.size() - 4; ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    CHECK_THROWS_AS(read_all(folder.write("damaged.gz", damaged), Decoding::gzip_if_marked, bytes.size()),
                    FileError);
  }
  CHECK_THROWS_AS(read_all(folder.write("tail.gz", whole + "tail"), Decoding::gzip_if_marked, bytes.size()),
                  FileError);
}
