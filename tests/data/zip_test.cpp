#include <isthmus/data/input_file.hpp>
#include <isthmus/data/zip.hpp>
#include <isthmus/error.hpp>

#include "data/temporary_folder.hpp"
#include "data/zip.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::data;

namespace {

std::string contents(const std::filesystem::path& archive, const ZipEntry& entry) {
  InputFile file(archive, entry, entry.name);
  const auto bytes = file.read_rest<char>(entry.size);
  return {bytes.begin(), bytes.end()};
}

std::string with(std::string bytes, std::size_t at, const std::string& others) {
  return bytes.replace(at, others.size(), others);
}

const std::string repeated = std::string(10'000, 'a').append("end");

}  // namespace

TEST_CASE("entries of a ZIP archive come back as they were, stored and deflated, with sizes of 32 and 64 bits") {
  const TemporaryFolder folder;
  for (const std::string comment : {"", "a comment PK"}) {
    const auto path = folder.write(
        "x",
        zip({{"a", "first"}, {"b/c", repeated, 8}, {"d", "third", 0, true}, {"e", repeated, 8, true}, {"f", ""}},
            comment));
    const std::vector<ZipEntry> entries = read_zip_directory(path);
    REQUIRE(entries.size() == 5);
    const std::pair<const char*, std::string> expected[] = {
        {"a", "first"}, {"b/c", repeated}, {"d", "third"}, {"e", repeated}, {"f", ""}};
    for (std::size_t i = 0; i < entries.size(); ++i) {
      CHECK(entries[i].name == expected[i].first);
      CHECK(entries[i].size == expected[i].second.size());
      CHECK(contents(path, entries[i]) == expected[i].second);
    }
    CHECK(entries[1].stored_size < 100);
  }
  CHECK(read_zip_directory(folder.write("empty", zip({}))).empty());
}

TEST_CASE("the end of an archive is found by its 64-bit form where it has one") {
  const TemporaryFolder folder;
  std::string bytes = zip({{"a", "first"}});
  const std::size_t end = bytes.rfind("PK\5\6"), begin = bytes.find("PK\1\2");
  const std::string record = "PK\6\6" + low_bytes(44, 8) + low_bytes(45, 2) + low_bytes(45, 2) + low_bytes(0, 8) +
                             low_bytes(1, 8) + low_bytes(1, 8) + low_bytes(end - begin, 8) + low_bytes(begin, 8);
  const std::string locator = "PK\6\7" + low_bytes(0, 4) + low_bytes(end, 8) + low_bytes(1, 4);
  bytes = with(bytes, end + 8, std::string(12, '\xff'));
  bytes.insert(end, record + locator);
  const auto path = folder.write("x", bytes);
  REQUIRE(read_zip_directory(path).size() == 1);
  CHECK(contents(path, read_zip_directory(path)[0]) == "first");
  const std::string broken = folder.write("y", with(bytes, end, "XX")).string();
  CHECK(message_of<FileError>([&] { read_zip_directory(broken); }) ==
        broken + ": byte " + std::to_string(end) +
            ": expected a whole ZIP archive, found no end of a central directory of 64 bits");
}

TEST_CASE("an archive that is cut short, or whose directory is damaged") {
  const TemporaryFolder folder;
  const std::string bytes = zip({{"a", "first"}, {"b", "second"}});
  const std::size_t directory = bytes.find("PK\1\2"), end = bytes.rfind("PK\5\6");
  const auto complaint = [&](const std::string& changed) {
    const auto path = folder.write("x", changed);
    return message_of<FileError>([&] { read_zip_directory(path); }).substr(path.string().size() + 2);
  };
  const std::string none = "expected a whole ZIP archive, found no central directory: it is cut short or damaged";
  CHECK(complaint(bytes.substr(0, end + 10)) == none);
  CHECK(complaint("") == none);
  CHECK(complaint(with(bytes, end + 16, low_bytes(99'999, 4))) ==
        "byte 99999: expected a whole ZIP archive, found the end of the file instead of " +
            std::to_string(end - directory) + " bytes");
  CHECK(complaint(with(bytes, directory, "XX")) ==
        "byte " + std::to_string(directory) +
            ": expected a whole ZIP archive, found no entry 0 of 2 in its "
            "directory");
  CHECK(complaint(with(bytes, end + 10, low_bytes(3, 2))) ==
        "byte " + std::to_string(end) + ": expected a whole ZIP archive, found no entry 2 of 3 in its directory");
  CHECK(complaint(with(bytes, directory + 28, low_bytes(9'999, 2))).find("found an entry of 10045 bytes in ") !=
        std::string::npos);
}

TEST_CASE("an entry that cannot be read says why") {
  const TemporaryFolder folder;
  const auto path = folder.write("x", zip({{"a", "first"}, {"b", repeated, 8}}));
  const std::vector<ZipEntry> entries = read_zip_directory(path);
  const std::string name = path.string();
  const auto complaint = [&](std::size_t number, const auto& change) {
    ZipEntry entry = entries[number];
    change(entry);
    return message_of<FileError>([&] { contents(path, entry); });
  };
  CHECK(complaint(0, [](ZipEntry& entry) { entry.encrypted = true; }) ==
        name + ":a: expected data that are not encrypted, found encrypted ones");
  CHECK(complaint(0, [](ZipEntry& entry) { entry.method = 12; }) ==
        name + ":a: expected data stored or compressed by deflate, found ZIP's method 12");
  CHECK(complaint(0, [](ZipEntry& entry) { entry.header_at = 7; }) ==
        name + ":a: byte 7 of the archive: expected its header, found none");
  CHECK(complaint(0, [](ZipEntry& entry) { entry.header_at = ~std::uint64_t{0}; }).find("found none") !=
        std::string::npos);
  CHECK(complaint(0, [](ZipEntry& entry) { entry.stored_size = entry.size = 99'999; }) ==
        name + ":a: byte 31 of the archive: expected 99999 bytes of data, found the end of the file before");
  CHECK(complaint(0, [](ZipEntry& entry) { entry.size = 4; }) ==
        name + ":a: expected 5 bytes, as many as are stored, found a size of 4");
  CHECK(complaint(0, [](ZipEntry& entry) {
          entry.crc32 = 0x1234;
        }).starts_with(name + ":a: expected data whose CRC-32 is 00001234, found "));
  CHECK(complaint(1, [](ZipEntry& entry) { entry.crc32 = 0x1234; }).find("they are damaged") != std::string::npos);
  CHECK(complaint(1, [](ZipEntry& entry) { entry.size += 1; }) ==
        name + ":b: byte 10003: expected 10004 bytes in all, found 10003");
  CHECK(complaint(1, [](ZipEntry& entry) { entry.size -= 1; }) ==
        name + ":b: byte 10002: expected the end of the file, found more data");
  CHECK(complaint(1, [](ZipEntry& entry) { entry.stored_size -= 5; }).find("found") != std::string::npos);
  CHECK(complaint(1, [](ZipEntry& entry) { entry.size = std::uint64_t{1} << 40; }).find("at most") !=
        std::string::npos);
  const auto damaged = folder.write("y", with(read_bytes(path), entries[1].header_at + 31, "\xff\xff\xff"));
  CHECK(message_of<FileError>([&] { contents(damaged, entries[1]); }) ==
        damaged.string() +
            ":b: byte 0 of the decompressed data: expected intact deflate data, found damaged or cut "
            "short");
}

TEST_CASE("a stored entry ends where it ends, whatever lies behind") {
  const TemporaryFolder folder;
  const auto path = folder.write("x", zip({{"a", "first"}, {"b", "second"}}));
  InputFile file(path, read_zip_directory(path)[0], "a");
  char bytes[16] = {};
  CHECK(file.read(bytes, sizeof bytes) == 5);
  CHECK(file.most_bytes() == 5);
  CHECK_FALSE(file.compressed());
  CHECK_NOTHROW(file.require_end());
}
