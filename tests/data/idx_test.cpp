#include <isthmus/data/idx.hpp>
#include <isthmus/error.hpp>

#include <limits>
#include <tuple>

#include "data/gzip.hpp"
#include "data/temporary_folder.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::data;

namespace {

using Bytes = std::vector<std::uint8_t>;
using Floats = std::vector<float>;
using Shape = std::vector<std::int64_t>;

// The bytes are spelled out, so that the reader is not tested against the writer's idea of the format.
const std::string two_images{
    "\0\0\x08\x03\0\0\0\2\0\0\0\1\0\0\0\3"
    "\0\1\2\3\4\377",
    22};
const std::string three_labels{"\0\0\x08\x01\0\0\0\3\7\2\1", 11};
const std::string two_floats{"\0\0\x0d\x02\0\0\0\2\0\0\0\1\x3f\x80\0\0\xc0\x20\0\0", 20};

/// The error message of reading `bytes` as samples, without the file's name.
std::string complaint(const std::string& bytes) {
  const TemporaryFolder folder;
  const auto path = folder.write("x", bytes);
  const std::string text = message_of<FileError>([&] { read_idx_samples(path); });
  // The same if the samples would stay in their file.
  CHECK(message_of<FileError>([&] { read_idx_samples(path, 0); }) == text);
  return text.starts_with(path.string() + ": ") ? text.substr(path.string().size() + 2) : "no file in: " + text;
}

std::string with_dimensions(const std::vector<std::uint32_t>& dimensions) {
  std::string bytes{"\0\0\x08", 3};
  bytes.push_back(static_cast<char>(dimensions.size()));
  for (const std::uint32_t dimension : dimensions) {
    for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<char>(dimension >> shift));
  }
  return bytes;
}

}  // namespace

TEST_CASE("IDX bytes and floats are read, plain and compressed") {
  const TemporaryFolder folder;
  for (const auto& bytes : {two_images, gzip(two_images)}) {
    const Samples samples = read_idx_samples(folder.write("images", bytes));
    CHECK(samples.name() == (folder / "images").string());
    CHECK(samples.count() == 2);
    CHECK(samples.shape() == Shape{1, 3});
    Floats out(6);
    samples.values(0, 2, out.data());
    CHECK(out == Floats{0, 1 / 255.0f, 2 / 255.0f, 3 / 255.0f, 4 / 255.0f, 1});
  }
  for (const auto& bytes : {two_floats, gzip(two_floats)}) {
    const Samples samples = read_idx_samples(folder.write("floats", bytes));
    CHECK(samples.shape() == Shape{1});
    Floats out(2);
    samples.values(0, 2, out.data());
    CHECK(out == Floats{1.0f, -2.5f});
  }
  for (const auto& bytes : {three_labels, gzip(three_labels)}) {
    CHECK(read_idx_labels(folder.write("labels", bytes)) == Bytes{7, 2, 1});
  }
}

TEST_CASE("IDX arrays of every type are read, as pixels only if they are unsigned bytes") {
  const TemporaryFolder folder;
  const auto path = folder / "x";
  for (const auto& [type, bytes, values] : std::vector<std::tuple<char, std::string, Floats>>{
           {'\x08', {"\0\xff", 2}, {0, 255}},
           {'\x09', {"\1\x80", 2}, {1, -128}},
           {'\x0b', {"\1\0\xff\xfe", 4}, {256, -2}},
           {'\x0c', {"\0\1\0\0\xff\xff\xff\xff", 8}, {65536, -1}},
           {'\x0d', {"\x3f\x80\0\0\xc0\x20\0\0", 8}, {1, -2.5f}},
           {'\x0e', {"\x3f\xf0\0\0\0\0\0\0\xc0\x04\0\0\0\0\0\0", 16}, {1, -2.5f}}}) {
    std::string file = with_dimensions({2, 1}) + bytes;
    file[2] = type;
    folder.write("x", file);
    for (const std::uint64_t held : {usually_held, std::uint64_t{0}}) {
      Floats out(2);
      read_idx_samples(path, held, BytesAre::numbers).values(0, 2, out.data());
      CHECK(out == values);
      read_idx_samples(path, held).values(0, 2, out.data());
      CHECK(out[1] == (type == '\x08' ? 1.0f : values[1]));
    }
  }
  CHECK(read_idx_labels(folder.write("x", {"\0\0\x0c\1\0\0\0\1\0\0\0\7", 12})) == Bytes{7});
  CHECK(message_of<FileError>([&] { read_idx_labels(folder.write("x", {"\0\0\x0b\1\0\0\0\1\1\0", 10})); }) ==
        path.string() + ": position 0: expected a label from 0 to 255, found 256");
}

TEST_CASE("an IDX file of no samples is a set of none") {
  const TemporaryFolder folder;
  for (const std::uint64_t held : {usually_held, std::uint64_t{0}}) {
    const Samples none = read_idx_samples(folder.write("x", with_dimensions({0, 28, 28})), held);
    CHECK(none.count() == 0);
    CHECK(none.shape() == Shape{28, 28});
  }
}

TEST_CASE("IDX arrays of every rank come back as they were written") {
  const TemporaryFolder folder;
  const auto path = folder / "array";
  const Bytes bytes{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  for (const Shape& shape : {Shape{12}, Shape{3, 4}, Shape{2, 3, 2}, Shape{1, 2, 2, 3}}) {
    write_idx(path, shape, bytes);
    const IdxArray array = read_idx(path);
    CHECK(array.shape == shape);
    CHECK(std::get<Bytes>(array.values) == bytes);
  }
  write_idx(path, Shape{2, 1, 3}, Bytes{0, 1, 2, 3, 4, 255});
  CHECK(read_bytes(path) == two_images);
  write_idx(path, Shape{2, 1}, Floats{1.0f, -2.5f});
  CHECK(read_bytes(path) == two_floats);
  CHECK(std::get<Floats>(read_idx(path).values) == Floats{1.0f, -2.5f});
}

TEST_CASE("IDX shapes that the format or the values do not allow are not written") {
  const TemporaryFolder folder;
  const auto path = folder / "array";
  CHECK_THROWS_AS(write_idx(path, Shape{}, Bytes{1}), ShapeError);
  CHECK_THROWS_AS(write_idx(path, Shape{1, 1, 1, 1, 1}, Bytes{1}), ShapeError);
  CHECK_THROWS_AS(write_idx(path, Shape{2, 2}, Bytes{1, 2, 3}), ShapeError);
  CHECK_THROWS_AS(write_idx(path, Shape{0}, Bytes{}), ShapeError);
  CHECK_THROWS_AS(write_idx(path, Shape{-1, -1}, Floats{1.0f}), ShapeError);
  CHECK_THROWS_AS(write_idx(path, Shape{std::int64_t{1} << 32}, Bytes{1}), ShapeError);
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("an IDX file that is missing or empty") {
  const TemporaryFolder folder;
  const std::string missing = (folder / "missing").string();
  CHECK(message_of<FileError>([&] { read_idx_samples(missing); }) ==
        missing + ": cannot open: No such file or directory");
  CHECK(complaint("") == "expected an IDX file, found an empty file");
}

TEST_CASE("an IDX header that is cut short or wrong") {
  CHECK(complaint({"\0\0\x08", 3}) == "byte 0: expected an IDX file (4 bytes), found the end of the file after 3");
  CHECK(complaint(two_images.substr(0, 10)) ==
        "byte 8: expected dimension 1 (4 bytes), found the end of the file after 2");
  CHECK(complaint("\x89PNG...") == "byte 0: expected an IDX file, which begins 00 00, found 89 50 4e 47");
  CHECK(complaint({"\0\0\x0a\1\0\0\0\1\0\0", 10}) ==
        "byte 2: expected type 08, 09, 0b, 0c (integers), 0d or 0e (float and double), found 0a");
  CHECK(complaint({"\0\0\x08\0", 4}) == "byte 3: expected 1 to 4 dimensions, found 0");
  CHECK(complaint({"\0\0\x08\5", 4}) == "byte 3: expected 1 to 4 dimensions, found 5");
  CHECK(complaint(with_dimensions({2, 0})) == "byte 8: expected dimension 1 of at least 1, found 0");
}

TEST_CASE("IDX data that are cut short or too long") {
  const std::string mnist = with_dimensions({60000, 28, 28});
  CHECK(complaint(mnist + std::string(984, 'x')) == "byte 16: expected 47040016 bytes in all, found 1000");
  CHECK(complaint(gzip(mnist + std::string(984, 'x')))
            .starts_with("byte 16: expected 47040016 bytes in all, found"));
  CHECK(complaint(gzip(two_images.substr(0, 20))) == "byte 20: expected 22 bytes in all, found 20");
  CHECK(complaint(two_images + "abc") == "byte 22: expected the end of the file, found 3 more bytes");
  CHECK(complaint(gzip(two_images + "abc")) == "byte 22: expected the end of the file, found more data");
}

TEST_CASE("IDX sizes that no file has are refused before memory is taken") {
  CHECK(complaint(with_dimensions({65536, 65536}) + "tiny") ==
        "byte 12: expected 4294967308 bytes in all, found 16");
  const std::uint32_t largest = std::numeric_limits<std::uint32_t>::max();
  CHECK(complaint(with_dimensions({largest, largest, largest, largest})) ==
        "byte 4: expected dimensions whose product is below 2^63, found [4294967295, 4294967295, 4294967295, "
        "4294967295]");
  CHECK(complaint(gzip(with_dimensions({largest, largest / 2}))).starts_with("byte 12: expected 92233720"));
}

TEST_CASE("damaged gzip data in an IDX file") {
  std::string packed = gzip(two_images);
  CHECK(complaint(packed.substr(0, packed.size() / 2)) ==
        "byte 0 of the decompressed data: expected intact gzip data, found damaged or cut short");
  packed[packed.size() - 6] = static_cast<char>(packed[packed.size() - 6] ^ 1);
  CHECK(complaint(packed).ends_with("expected intact gzip data, found damaged or cut short"));
}

TEST_CASE("IDX labels and samples are not taken for each other") {
  const TemporaryFolder folder;
  CHECK(complaint(three_labels) == "byte 3: expected samples, so 2 to 4 dimensions, found 1: these are labels");
  const std::string images = folder.write("images", two_images).string();
  CHECK(message_of<FileError>([&] { read_idx_labels(images); }) ==
        images + ": byte 2: expected labels: integers in 1 dimension, found integers in 3 dimensions");
  std::string float_labels{"\0\0\x0d\1\0\0\0\1\0\0\0\0", 12};
  CHECK_THROWS_AS(read_idx_labels(folder.write("labels", float_labels)), FileError);
}

TEST_CASE("NaN in an IDX file is refused with file, sample and position") {
  const TemporaryFolder folder;
  const auto path = folder / "floats";
  write_idx(path, Shape{2, 2}, Floats{0, 0, 0, std::numeric_limits<float>::quiet_NaN()});
  CHECK(
      message_of<NumberError>([&] { read_idx_samples(path); }) ==
      path.string() +
          ": sample 1, position 1: expected a finite number, found nan, a missing value (--fill says what becomes of it)");
}
