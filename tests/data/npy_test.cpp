#include <isthmus/data/npy.hpp>
#include <isthmus/error.hpp>

#include <cmath>
#include <limits>

#include "data/temporary_folder.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::data;

namespace {

using Floats = std::vector<float>;
using Shape = std::vector<std::int64_t>;

const std::string one_and_a_half{"\0\0\x80\x3f\0\0\0\xbf", 8};  // 1.0f, -0.5f

/// A file of version 1.0 with `dictionary` as its header.
std::string npy(const std::string& dictionary, const std::string& values) {
  const std::string header = dictionary + "\n";
  std::string bytes = "\x93NUMPY\1";
  bytes += {'\0', static_cast<char>(header.size()), static_cast<char>(header.size() >> 8)};
  return bytes + header + values;
}

std::string dictionary(const std::string& dtype, const std::string& order, const std::string& shape) {
  return "{'descr': '" + dtype + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
}

/// What `read` complains of in `bytes`, without the file's name.
template <class Read>
std::string complaint_of(Read read, const std::string& bytes) {
  const TemporaryFolder folder;
  const auto path = folder.write("x.npy", bytes);
  const std::string text = message_of<FileError>([&] { read(path); });
  return text.starts_with(path.string() + ": ") ? text.substr(path.string().size() + 2)
                                                : "no file in: " + text;
}

std::string complaint(const std::string& bytes) { return complaint_of(read_npy, bytes); }
/// The same whether the samples would be held or stay in their file.
std::string samples_complaint(const std::string& bytes) {
  const std::string held = complaint_of([](const auto& path) { read_npy_samples(path); }, bytes);
  CHECK(complaint_of([](const auto& path) { read_npy_samples(path, 0); }, bytes) == held);
  return held;
}

}  // namespace

TEST_CASE("a .npy file is written byte for byte as NumPy writes it") {
  const TemporaryFolder folder;
  write_npy(folder / "x.npy", Shape{2, 1}, Floats{1.0f, -0.5f});
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }";
  const std::string expected = std::string{"\x93NUMPY\1\0\x76\0", 10} + header +
                               std::string(0x76 - header.size() - 1, ' ') + "\n" + one_and_a_half;
  CHECK(read_bytes(folder / "x.npy") == expected);
}

TEST_CASE(".npy arrays of any rank come back as they were written") {
  const TemporaryFolder folder;
  const auto path = folder / "x.npy";
  for (const Shape& shape : {Shape{6}, Shape{2, 3}, Shape{1, 3, 2, 1}, Shape{1, 1, 1, 1, 1, 6}}) {
    const Floats values{0.0f, -0.0f, 1e-45f, 3.4e38f, 5.0f, std::numeric_limits<float>::infinity()};
    write_npy(path, shape, values);
    const NpyArray array = read_npy(path);
    CHECK(array.shape == shape);
    CHECK(array.values == values);
  }
  // One dimension is a tuple only with its comma.
  write_npy(path, Shape{1}, Floats{3.5f});
  CHECK(read_bytes(path).find("'shape': (1,), }") != std::string::npos);
  write_npy(path, Shape{}, Floats{3.5f});
  CHECK(read_bytes(path).find("'shape': (), }") != std::string::npos);
  CHECK(read_npy(path).shape.empty());
  CHECK(read_npy(path).values == Floats{3.5f});
  write_npy(path, Shape{0, 4}, Floats{});
  CHECK(read_npy(path).shape == Shape{0, 4});
  write_npy(path, Shape{1}, Floats{std::numeric_limits<float>::quiet_NaN()});
  CHECK(std::isnan(read_npy(path).values.at(0)));
}

TEST_CASE("values of a .npy file begin at a multiple of 64 bytes for every length of header") {
  const TemporaryFolder folder;
  Shape shape;
  for (int rank = 0; rank <= 32; ++rank, shape.push_back(1)) {
    write_npy(folder / "x.npy", shape, Floats{2.0f});
    CHECK((read_bytes(folder / "x.npy").size() - 4) % 64 == 0);
    CHECK(read_npy(folder / "x.npy").shape == shape);
  }
  CHECK_THROWS_AS(write_npy(folder / "x.npy", shape, Floats{2.0f}), ShapeError);
}

TEST_CASE(".npy shapes that do not have as many values are not written") {
  const TemporaryFolder folder;
  CHECK_THROWS_AS(write_npy(folder / "x.npy", Shape{2, 2}, Floats{1, 2, 3}), ShapeError);
  CHECK_THROWS_AS(write_npy(folder / "x.npy", Shape{-1}, Floats{1}), ShapeError);
  CHECK_THROWS_AS(write_npy(folder / "x.npy", Shape{0, -1}, Floats{}), ShapeError);
  CHECK_FALSE(std::filesystem::exists(folder / "x.npy"));
}

TEST_CASE(".npy headers are read in every spelling that NumPy has used") {
  const TemporaryFolder folder;
  for (const char* header : {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }",
                             "{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 1L), }",
                             "{\"shape\":(2,1),\"descr\":\"<f4\",\"fortran_order\":False}",
                             " { 'shape' : ( 2 , 1 , ) , 'fortran_order' : False , 'descr' : '<f4' } "}) {
    const NpyArray array = read_npy(folder.write("x.npy", npy(header, one_and_a_half)));
    CHECK(array.shape == Shape{2, 1});
    CHECK(array.values == Floats{1.0f, -0.5f});
  }
  const std::string header = dictionary("<f4", "False", "(2,)");
  const std::string version_2 = std::string{"\x93NUMPY\2\0", 8} + static_cast<char>(header.size()) +
                                std::string(3, '\0') + header + one_and_a_half;
  CHECK(read_npy(folder.write("x.npy", version_2)).values == Floats{1.0f, -0.5f});
}

TEST_CASE("samples come from .npy files of floats and of bytes") {
  const TemporaryFolder folder;
  const Samples floats =
      read_npy_samples(folder.write("x.npy", npy(dictionary("<f4", "False", "(2, 1)"), one_and_a_half)));
  CHECK(floats.name() == (folder / "x.npy").string());
  CHECK(floats.count() == 2);
  CHECK(floats.shape() == Shape{1});
  Floats out(2);
  floats.values(0, 2, out.data());
  CHECK(out == Floats{1.0f, -0.5f});
  const Samples bytes =
      read_npy_samples(folder.write("x.npy", npy(dictionary("|u1", "False", "(1, 2, 1)"), "\x33\xff")));
  CHECK(bytes.shape() == Shape{2, 1});
  bytes.values(0, 1, out.data());
  CHECK(out == Floats{0.2f, 1.0f});
}

TEST_CASE("a .npy file that is missing, empty, cut short or another kind") {
  const TemporaryFolder folder;
  const std::string missing = (folder / "missing").string();
  CHECK(message_of<FileError>([&] { read_npy(missing); }) ==
        missing + ": cannot open: No such file or directory");
  CHECK(complaint("") == "expected a .npy file, found an empty file");
  CHECK(complaint("\x93NUM") == "byte 0: expected a .npy file (8 bytes), found the end of the file after 4");
  CHECK(complaint("GIF89a..") ==
        "byte 0: expected a .npy file, which begins 93 4e 55 4d 50 59, found 47 49 46 38 39 61");
  CHECK(complaint({"\x93NUMPY\3\0\0\0\0\0", 12}) == "byte 6: expected version 1.0 or 2.0, found 3.0");
  CHECK(complaint({"\x93NUMPY\1\0\x76", 9}) ==
        "byte 8: expected the header's size (2 bytes), found the end of the file after 1");
  CHECK(complaint({"\x93NUMPY\1\0\x76\0{'descr'", 18}) == "byte 10: expected a header of 118 bytes, found 8");
  // Were it allocated, a tiny file would cost 4 GB.
  CHECK(complaint({"\x93NUMPY\2\0\xff\xff\xff\xff", 12}) ==
        "byte 12: expected a header of 4294967295 bytes, found 0");
}

TEST_CASE("a .npy header that is no such dictionary") {
  const auto broken = [](const std::string& header) { return complaint(npy(header, one_and_a_half)); };
  CHECK(broken("[1, 2]") == "byte 10: expected '{', found '['");
  CHECK(broken("{'descr': '<f4', ") == "byte 28: expected a quoted string, found the end of the header");
  CHECK(broken("{'descr") == "byte 11: expected a string that ends, found none");
  CHECK(broken("{'de\1scr': 1}") == "byte 14: expected printable text, found 01");
  CHECK(broken("{'descr' '<f4'}") == "byte 19: expected ':', found '''");
  CHECK(broken("{'order': 'C'}") == "byte 11: expected descr, fortran_order or shape, found 'order'");
  CHECK(broken("{'descr': '<f4', 'descr': '<f4'}") == "byte 27: expected each key once, found 'descr' again");
  CHECK(broken("{'descr': '<f4', 'shape': (2,)}") == "byte 10: expected the key 'fortran_order', found none");
  CHECK(broken("{}") == "byte 10: expected the key 'descr', found none");
  CHECK(broken(dictionary("<f4", "0", "(2,)")) == "byte 44: expected False or True, found '0'");
  CHECK(broken(dictionary("<f4", "False", "2")) == "byte 60: expected '(', found '2'");
  CHECK(broken(dictionary("<f4", "False", "(-2,)")) == "byte 61: expected a dimension, found '-'");
  CHECK(broken(dictionary("<f4", "False", "(2.5,)")) == "byte 62: expected ')', found '.'");
  CHECK(broken(dictionary("<f4", "False", "(99999999999999999999,)")) ==
        "byte 61: expected a dimension below 2^63, found more digits");
  CHECK(broken(dictionary("<f4", "False", "(2,)") + "x") ==
        "byte 67: expected the end of the header, found 'x'");
  CHECK(broken("{'descr': '<f4' 'shape': (2,)}") == "byte 26: expected '}', found '''");
}

TEST_CASE("a .npy array of another kind than floats in C order") {
  CHECK(complaint(npy(dictionary("<f8", "False", "(1,)"), one_and_a_half)) ==
        "byte 20: expected dtype '<f4' (float32), found '<f8'");
  CHECK(complaint(npy(dictionary(">f4", "False", "(2,)"), one_and_a_half)) ==
        "byte 20: expected dtype '<f4' (float32), found '>f4'");
  CHECK(samples_complaint(npy(dictionary("<i8", "False", "(1, 1)"), one_and_a_half)) ==
        "byte 20: expected dtype '<f4' (float32) or '|u1' (uint8), found '<i8'");
  CHECK(complaint(npy(dictionary("<f4", "True", "(2, 1)"), one_and_a_half)) ==
        "byte 44: expected C order ('fortran_order': False), found Fortran order");
}

TEST_CASE(".npy data that are cut short, too long or impossible") {
  const std::string header = dictionary("<f4", "False", "(2,)");
  const std::size_t begin = npy(header, "").size();
  CHECK(complaint(npy(header, "1234567")) == "byte " + std::to_string(begin) + ": expected " +
                                                 std::to_string(begin + 8) + " bytes in all, found " +
                                                 std::to_string(begin + 7));
  CHECK(complaint(npy(header, one_and_a_half + "x")) ==
        "byte " + std::to_string(begin + 8) + ": expected the end of the file, found 1 more bytes");
  CHECK(complaint(npy(dictionary("<f4", "False", "(4611686018427387904, 4)"), "")) ==
        "byte 60: expected dimensions whose product is below 2^63, found [4611686018427387904, 4]");
  CHECK(complaint(npy(dictionary("<f4", "False", "(9223372036854775807,)"), ""))
            .find("expected a size below 2^64 bytes") != std::string::npos);
  CHECK(complaint(npy(dictionary("<f4", "False", "(1073741824,)"), "tiny")).find("bytes in all, found") !=
        std::string::npos);
}

TEST_CASE("a .npy array that holds no samples") {
  CHECK(samples_complaint(npy(dictionary("<f4", "False", "(2,)"), one_and_a_half)) ==
        "byte 60: expected samples, so at least 2 dimensions, none of them 0, found shape [2]");
  CHECK(samples_complaint(npy(dictionary("<f4", "False", "(0, 4)"), "")) ==
        "byte 60: expected samples, so at least 2 dimensions, none of them 0, found shape [0, 4]");
}

TEST_CASE("NaN in a .npy file of samples is refused with file, sample and position") {
  const TemporaryFolder folder;
  const auto path = folder / "x.npy";
  write_npy(path, Shape{2, 2}, Floats{0, 0, std::numeric_limits<float>::quiet_NaN(), 0});
  CHECK(message_of<NumberError>([&] { read_npy_samples(path); }) ==
        path.string() + ": sample 1, position 0: expected a finite number, found nan");
}

TEST_CASE("labels are integers of any type that hold 0 to 255") {
  const TemporaryFolder folder;
  const auto labels = [&](const std::string& dtype, const std::string& values) {
    const auto count = std::to_string(values.size() / static_cast<std::size_t>(dtype[2] - '0'));
    const std::string shape = std::string("(") + count + ",)";
    return read_npy_labels(folder.write("x.npy", npy(dictionary(dtype, "False", shape), values)));
  };
  using Labels = std::vector<std::uint8_t>;
  CHECK(labels("|u1", "\1\xff") == Labels{1, 255});
  CHECK(labels("|i1", "\1\x7f") == Labels{1, 127});
  CHECK(labels("<u2", {"\1\0\xff\0", 4}) == Labels{1, 255});
  CHECK(labels("<i4", {"\1\0\0\0\xff\0\0\0", 8}) == Labels{1, 255});
  CHECK(labels("<i8", {"\7\0\0\0\0\0\0\0", 8}) == Labels{7});
}

TEST_CASE("what is no label in a .npy file is named") {
  const auto labels_complaint = [](const std::string& dtype, const std::string& shape,
                                   const std::string& values) {
    return complaint_of(read_npy_labels, npy(dictionary(dtype, "False", shape), values));
  };
  CHECK(labels_complaint("<i2", "(2,)", {"\5\0\0\1", 4}) ==
        "position 1: expected a label from 0 to 255, found 256");
  CHECK(labels_complaint("|i1", "(1,)", "\xff") == "position 0: expected a label from 0 to 255, found -1");
  CHECK(labels_complaint("<f4", "(1,)", std::string(4, '\0')) ==
        "byte 20: expected labels: integers, such as dtype '|u1' or '<i8', found '<f4'");
  CHECK(labels_complaint("|u1", "(1, 1)", "1").find("expected labels: 1 dimension, not 0, found shape [1, 1]") !=
        std::string::npos);
  CHECK(labels_complaint("|u1", "(0,)", "").find("found shape [0]") != std::string::npos);
  CHECK(labels_complaint("<i8", "(2,)", std::string(8, '\0')).find("expected") != std::string::npos);
}
