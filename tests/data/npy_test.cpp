#include <isthmus/data/npy.hpp>
#include <isthmus/error.hpp>

#include <cmath>
#include <limits>
#include <tuple>

#include "data/gzip.hpp"
#include "data/npy.hpp"
#include "data/temporary_folder.hpp"
#include "data/zip.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::data;

namespace {

using Floats = std::vector<float>;
using Shape = std::vector<std::int64_t>;

const std::string one_and_a_half{"\0\0\x80\x3f\0\0\0\xbf", 8};  // 1.0f, -0.5f

/// The error message of `read` for `bytes`, without the file's name.
template <class Read>
std::string complaint_of(Read read, const std::string& bytes) {
  const TemporaryFolder folder;
  const auto path = folder.write("x.npy", bytes);
  const std::string text = message_of<FileError>([&] { read(path); });
  return text.starts_with(path.string() + ": ") ? text.substr(path.string().size() + 2) : "no file in: " + text;
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
    const NpyArray array = read_npy(folder.write("x.npy", npy_of(header, one_and_a_half)));
    CHECK(array.shape == Shape{2, 1});
    CHECK(array.values == Floats{1.0f, -0.5f});
  }
  const std::string header = npy_dictionary("<f4", "False", "(2,)");
  for (const char version : {'\2', '\3'}) {
    const std::string bytes = std::string("\x93NUMPY") + version + '\0' + static_cast<char>(header.size()) +
                              std::string(3, '\0') + header + one_and_a_half;
    CHECK(read_npy(folder.write("x.npy", bytes)).values == Floats{1.0f, -0.5f});
  }
}

TEST_CASE("samples come from .npy files of floats and of bytes") {
  const TemporaryFolder folder;
  const Samples floats = read_npy_samples(folder.write("x.npy", npy("<f4", "(2, 1)", one_and_a_half)));
  CHECK(floats.name() == (folder / "x.npy").string());
  CHECK(floats.count() == 2);
  CHECK(floats.shape() == Shape{1});
  Floats out(2);
  floats.values(0, 2, out.data());
  CHECK(out == Floats{1.0f, -0.5f});
  const Samples bytes = read_npy_samples(folder.write("x.npy", npy("|u1", "(1, 2, 1)", "\x33\xff")));
  CHECK(bytes.shape() == Shape{2, 1});
  bytes.values(0, 1, out.data());
  CHECK(out == Floats{0.2f, 1.0f});
}

TEST_CASE("a .npy file that is missing, empty, cut short or another kind") {
  const TemporaryFolder folder;
  const std::string missing = (folder / "missing").string();
  CHECK(message_of<FileError>([&] { read_npy(missing); }) == missing + ": cannot open: No such file or directory");
  CHECK(complaint("") == "expected a .npy file, found an empty file");
  CHECK(complaint("\x93NUM") == "byte 0: expected a .npy file (8 bytes), found the end of the file after 4");
  CHECK(complaint("GIF89a..") ==
        "byte 0: expected a .npy file, which begins 93 4e 55 4d 50 59, found 47 49 46 38 39 61");
  CHECK(complaint({"\x93NUMPY\4\0\0\0\0\0", 12}) == "byte 6: expected version 1.0, 2.0 or 3.0, found 4.0");
  CHECK(complaint({"\x93NUMPY\1\0\x76", 9}) ==
        "byte 8: expected the header's size (2 bytes), found the end of the file after 1");
  CHECK(complaint({"\x93NUMPY\1\0\x76\0{'descr'", 18}) == "byte 10: expected a header of 118 bytes, found 8");
  // Were it allocated, a tiny file would cost 4 GB.
  CHECK(complaint({"\x93NUMPY\2\0\xff\xff\xff\xff", 12}) ==
        "byte 12: expected a header of 4294967295 bytes, found 0");
}

TEST_CASE("a .npy header that is no such dictionary") {
  const auto broken = [](const std::string& header) { return complaint(npy_of(header, one_and_a_half)); };
  CHECK(broken("[1, 2]") == "byte 10: expected '{', found '['");
  CHECK(broken("{'descr': '<f4', ") == "byte 28: expected a quoted string, found the end of the header");
  CHECK(broken("{'descr") == "byte 11: expected a string that ends, found none");
  CHECK(broken("{'de\1scr': 1}") == "byte 14: expected printable text, found 01");
  CHECK(broken("{'descr' '<f4'}") == "byte 19: expected ':', found '''");
  CHECK(broken("{'order': 'C'}") == "byte 11: expected descr, fortran_order or shape, found 'order'");
  CHECK(broken("{'descr': '<f4', 'descr': '<f4'}") == "byte 27: expected each key once, found 'descr' again");
  CHECK(broken("{'descr': '<f4', 'shape': (2,)}") == "byte 10: expected the key 'fortran_order', found none");
  CHECK(broken("{}") == "byte 10: expected the key 'descr', found none");
  CHECK(broken(npy_dictionary("<f4", "0", "(2,)")) == "byte 44: expected False or True, found '0'");
  CHECK(broken(npy_dictionary("<f4", "False", "2")) == "byte 60: expected '(', found '2'");
  CHECK(broken(npy_dictionary("<f4", "False", "(-2,)")) == "byte 61: expected a dimension, found '-'");
  CHECK(broken(npy_dictionary("<f4", "False", "(2.5,)")) == "byte 62: expected ')', found '.'");
  CHECK(broken(npy_dictionary("<f4", "False", "(99999999999999999999,)")) ==
        "byte 61: expected a dimension below 2^63, found more digits");
  CHECK(broken(npy_dictionary("<f4", "False", "(2,)") + "x") ==
        "byte 67: expected the end of the header, found 'x'");
  CHECK(broken("{'descr': '<f4' 'shape': (2,)}") == "byte 26: expected '}', found '''");
}

TEST_CASE("a .npy array of no numbers is named") {
  const std::string expected =
      "byte 20: expected integers, booleans, or floats of 16, 32 or 64 bits, such as dtype '<f4'";
  for (const auto& [dtype, name] : {std::pair{"<c8", "'<c8', complex numbers"},
                                    {"<f16", "'<f16', numbers of an extended format"},
                                    {"|O", "'|O', Python objects"},
                                    {"<U7", "'<U7', text"},
                                    {"<M8[ns]", "'<M8[ns]', dates"},
                                    {"|V2", "'|V2', raw data"},
                                    {"|f4", "'|f4', numbers of an extended format"},
                                    {"<f3", "'<f3', numbers of an extended format"},
                                    {"", "''"},
                                    {"<u3", "'<u3'"}}) {
    CHECK(complaint(npy(dtype, "(1, 1)", "")) == expected + ", found " + name);
    CHECK(samples_complaint(npy(dtype, "(1, 1)", "")) == expected + ", found " + name);
  }
  CHECK(complaint(npy_of("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", "1234")) ==
        "byte 20: expected numbers of one type, such as '<f4', found records: a list of fields");
}

TEST_CASE(".npy arrays of every type of numbers give the nearest floats, held and read from the file") {
  const TemporaryFolder folder;
  for (const auto& [dtype, bytes, values] : std::vector<std::tuple<std::string, std::string, Floats>>{
           {"<f2", {"\x00\x3c\x01\x80\xff\x7b", 6}, {1.0f, -0x1p-24f, 65504.0f}},
           {">f2", {"\x3c\x00\x80\x01\x7b\xff", 6}, {1.0f, -0x1p-24f, 65504.0f}},
           {"<f4", one_and_a_half, {1.0f, -0.5f}},
           {">f4", {"\x3f\x80\0\0\xbf\0\0\0", 8}, {1.0f, -0.5f}},
           {"<f8", {"\x9a\x99\x99\x99\x99\x99\xb9\x3f", 8}, {0.1f}},
           {">f8", {"\x3f\xb9\x99\x99\x99\x99\x99\x9a", 8}, {0.1f}},
           {"|i1", "\x7f\x80", {127.0f, -128.0f}},
           {"<i2", {"\x01\x00\x00\x80", 4}, {1.0f, -32768.0f}},
           {">i2", {"\x00\x01\x80\x00", 4}, {1.0f, -32768.0f}},
           {"<u2", {"\x01\x00\xff\xff", 4}, {1.0f, 65535.0f}},
           {">u2", {"\x00\x01\xff\xff", 4}, {1.0f, 65535.0f}},
           {"<i4", {"\xfe\xff\xff\xff", 4}, {-2.0f}},
           {">i4", {"\xff\xff\xff\xfe", 4}, {-2.0f}},
           // 2^24 + 1 lies between two floats, and the even one is taken; 2^24 + 3 likewise.
           {"<u4", {"\x01\0\0\x01\x03\0\0\x01\xff\xff\xff\xff", 12}, {16777216.0f, 16777220.0f, 0x1p32f}},
           {">u4", {"\x01\0\0\x01", 4}, {16777216.0f}},
           {"<i8", {"\0\0\0\0\0\0\0\x80\xff\xff\xff\xff\xff\xff\xff\xff", 16}, {-0x1p63f, -1.0f}},
           {">i8", {"\x80\0\0\0\0\0\0\0", 8}, {-0x1p63f}},
           {"<u8", {"\xff\xff\xff\xff\xff\xff\xff\xff", 8}, {0x1p64f}},
           {">u8", {"\0\0\0\0\0\0\0\x07", 8}, {7.0f}},
           {"|b1", {"\0\1\x80", 3}, {0.0f, 1.0f, 1.0f}},
           {"=i2", {"\x01\x00", 2}, {1.0f}},
           {"<u1", {"\0\xff", 2}, {0.0f, 255.0f}}}) {
    INFO(dtype);
    const std::string shape = "(" + std::to_string(values.size()) + ", 1)";
    const auto path = folder.write("x.npy", npy(dtype, shape, bytes));
    CHECK(read_npy(path).values == values);
    for (const std::uint64_t held : {usually_held, std::uint64_t{0}}) {
      const Samples samples = read_npy_samples(path, held, BytesAre::numbers);
      CHECK(samples.held() == (held != 0));
      Floats out(values.size());
      samples.values(0, values.size(), out.data());
      CHECK(out == values);
    }
    CHECK(read_npy_samples(folder.write("y", gzip(read_bytes(path))), 0, BytesAre::numbers).held());
  }
}

TEST_CASE("unsigned bytes are pixels or numbers, as the reader is told; nothing else is divided") {
  const TemporaryFolder folder;
  const auto path = folder.write("x.npy", npy("|u1", "(1, 2)", "\x33\xff"));
  for (const std::uint64_t held : {usually_held, std::uint64_t{0}})
    for (const auto& [bytes, expected] :
         {std::pair{BytesAre::pixels, Floats{0.2f, 1.0f}}, {BytesAre::numbers, Floats{51.0f, 255.0f}}}) {
      const Samples samples = read_npy_samples(path, held, bytes);
      Floats out(2);
      samples.values(0, 1, out.data());
      CHECK(out == expected);
      CHECK(samples.mean() == Approx((expected[0] + expected[1]) / 2));
    }
  for (const auto& [dtype, values] : {std::pair{"|i1", "\x33\x7f"}, {"|b1", "\1\1"}}) {
    const Samples samples = read_npy_samples(folder.write("x.npy", npy(dtype, "(1, 2)", values)));
    Floats out(2);
    samples.values(0, 1, out.data());
    CHECK(out[1] >= 1.0f);
  }
}

TEST_CASE("a double beyond the range of floats is named, held and read from the file") {
  const TemporaryFolder folder;
  // 1e300 behind enough zeros that it lies in the second piece that is read.
  const std::string large{"\x9c\x75\x00\x88\x3c\xe4\x37\x7e", 8};
  const std::string bytes = npy("<f8", "(1, 3001)", std::string(24'000, '\0') + large);
  const auto path = folder.write("x.npy", bytes);
  const std::string expected = path.string() + ": byte " + std::to_string(bytes.size() - 8) +
                               ": expected numbers that a float holds, up to 3.4e38 in size, found 1e+300";
  CHECK(message_of<FileError>([&] { read_npy(path); }) == expected);
  CHECK(message_of<FileError>([&] { read_npy_samples(path); }) == expected);
  CHECK(message_of<FileError>([&] { read_npy_samples(path, 0); }) == expected);
  // An infinity is one, and the sample's place is what helps.
  const std::string infinite{"\0\0\0\0\0\0\xf0\x7f", 8};
  folder.write("x.npy", npy("<f8", "(2, 1)", infinite + infinite));
  for (const std::uint64_t held : {usually_held, std::uint64_t{0}})
    CHECK(message_of<NumberError>([&] { read_npy_samples(path, held); }) ==
          path.string() + ": sample 0, position 0: expected a finite number, found inf");
}

TEST_CASE("arrays in Fortran order are those in C order") {
  const TemporaryFolder folder;
  const auto fortran = [&](const std::string& dtype, const std::string& shape, const std::string& values) {
    return folder.write("x.npy", npy_of(npy_dictionary(dtype, "True", shape), values));
  };
  // [[1, 2, 3], [4, 5, 6]] column by column.
  const auto path = fortran("|u1", "(2, 3)", "\1\4\2\5\3\6");
  CHECK(read_npy(path).shape == Shape{2, 3});
  CHECK(read_npy(path).values == Floats{1, 2, 3, 4, 5, 6});
  const Samples numbers = read_npy_samples(path, 0, BytesAre::numbers);
  CHECK(numbers.held());
  Floats out(3);
  numbers.values(1, 1, out.data());
  CHECK(out == Floats{4, 5, 6});
  read_npy_samples(path).values(1, 1, out.data());
  CHECK(out == Floats{4 / 255.0f, 5 / 255.0f, 6 / 255.0f});
  // [2, 1, 3, 2], whose element (i, 0, j, k) is 100 i + 10 j + k.
  const auto four = fortran("|u1", "(2, 1, 3, 2)", {"\0\x64\x0a\x6e\x14\x78\1\x65\x0b\x6f\x15\x79", 12});
  CHECK(read_npy(four).values == Floats{0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121});
  CHECK(read_npy(fortran("<i2", "(1, 2)", {"\1\0\2\0", 4})).values == Floats{1, 2});
  CHECK(read_npy(fortran("<f4", "(0, 4)", "")).shape == Shape{0, 4});
  CHECK(read_npy_labels(fortran("|u1", "(2,)", "\1\2")) == std::vector<std::uint8_t>{1, 2});
}

TEST_CASE("a .npy array of no samples is a set of none") {
  const TemporaryFolder folder;
  for (const char* dtype : {"<f4", "|u1", "<f8"})
    for (const std::uint64_t held : {usually_held, std::uint64_t{0}}) {
      const Samples samples = read_npy_samples(folder.write("x.npy", npy(dtype, "(0, 4, 2)", "")), held);
      CHECK(samples.count() == 0);
      CHECK(samples.shape() == Shape{4, 2});
      CHECK(samples.mean() == 0);
      const auto archive = folder.write("x.npz", zip({{"x.npy", npy(dtype, "(0, 4, 2)", "")}}));
      CHECK(read_npz_samples(archive, "x", held).count() == 0);
    }
}

TEST_CASE(".npy data that are cut short, too long or impossible") {
  const std::string header = npy_dictionary("<f4", "False", "(2,)");
  const std::size_t begin = npy_of(header, "").size();
  CHECK(complaint(npy_of(header, "1234567")) == "byte " + std::to_string(begin) + ": expected " +
                                                    std::to_string(begin + 8) + " bytes in all, found " +
                                                    std::to_string(begin + 7));
  CHECK(complaint(npy_of(header, one_and_a_half + "x")) ==
        "byte " + std::to_string(begin + 8) + ": expected the end of the file, found 1 more bytes");
  CHECK(complaint(npy("<f4", "(4611686018427387904, 4)", "")) ==
        "byte 60: expected dimensions whose product is below 2^63, found [4611686018427387904, 4]");
  CHECK(complaint(npy("<f4", "(9223372036854775807,)", "")).find("expected a size below 2^64 bytes") !=
        std::string::npos);
  CHECK(complaint(npy("<f4", "(1073741824,)", "tiny")).find("bytes in all, found") != std::string::npos);
}

TEST_CASE("a .npy array that cannot be samples") {
  const std::string expected =
      "byte 60: expected samples, so at least 2 dimensions, none but the first of them 0, found ";
  CHECK(samples_complaint(npy("<f4", "(2,)", one_and_a_half)) == expected + "shape [2]");
  CHECK(samples_complaint(npy("<f4", "()", one_and_a_half.substr(4))) == expected + "shape []");
  CHECK(samples_complaint(npy("<f4", "(4, 0)", "")) == expected + "shape [4, 0]");
}

TEST_CASE("NaN in a .npy file of samples is refused with file, sample and position") {
  const TemporaryFolder folder;
  const auto path = folder / "x.npy";
  write_npy(path, Shape{2, 2}, Floats{0, 0, std::numeric_limits<float>::quiet_NaN(), 0});
  CHECK(
      message_of<NumberError>([&] { read_npy_samples(path); }) ==
      path.string() +
          ": sample 1, position 0: expected a finite number, found nan, a missing value (--fill says what becomes of it)");
}

TEST_CASE("labels are integers of any type that hold 0 to 255") {
  const TemporaryFolder folder;
  const auto labels = [&](const std::string& dtype, const std::string& values) {
    const auto count = std::to_string(values.size() / static_cast<std::size_t>(dtype[2] - '0'));
    const std::string shape = std::string("(") + count + ",)";
    return read_npy_labels(folder.write("x.npy", npy(dtype, shape, values)));
  };
  using Labels = std::vector<std::uint8_t>;
  CHECK(labels("|u1", "\1\xff") == Labels{1, 255});
  CHECK(labels("|i1", "\1\x7f") == Labels{1, 127});
  CHECK(labels("<u2", {"\1\0\xff\0", 4}) == Labels{1, 255});
  CHECK(labels("<i4", {"\1\0\0\0\xff\0\0\0", 8}) == Labels{1, 255});
  CHECK(labels("<i8", {"\7\0\0\0\0\0\0\0", 8}) == Labels{7});
  CHECK(labels(">i8", {"\0\0\0\0\0\0\0\7", 8}) == Labels{7});
  CHECK(labels(">u2", {"\0\1\0\xff", 4}) == Labels{1, 255});
  CHECK(labels("|b1", {"\0\1", 2}) == Labels{0, 1});
}

TEST_CASE("what is no label in a .npy file is named") {
  const auto labels_complaint = [](const std::string& dtype, const std::string& shape, const std::string& values) {
    return complaint_of(read_npy_labels, npy(dtype, shape, values));
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

TEST_CASE(
    "an array of a .npz archive is what its .npy file would be, stored, deflated, and with sizes of 64 bits") {
  const TemporaryFolder folder;
  const std::string images = npy("|u1", "(2, 2, 2)", {"\0\1\2\3\4\5\6\xff", 8}),
                    doubles = npy("<f8", "(1, 1)", {"\0\0\0\0\0\0\xf0\x3f", 8}),
                    labels = npy("<i8", "(2,)", {"\3\0\0\0\0\0\0\0\7\0\0\0\0\0\0\0", 16});
  for (const std::uint16_t method : {std::uint16_t{0}, std::uint16_t{8}})
    for (const bool wide : {false, true}) {
      const auto path = folder.write("x.npz", zip({{"images.npy", images, method, wide},
                                                   {"notes.txt", "no array"},
                                                   {"a/doubles.npy", doubles, method, wide},
                                                   {"labels.npy", labels, method, wide}}));
      CHECK(npz_names(path) == std::vector<std::string>{"images", "a/doubles", "labels"});
      CHECK(read_npz(path, "images").values == Floats{0, 1, 2, 3, 4, 5, 6, 255});
      CHECK(read_npz(path, "images.npy").shape == Shape{2, 2, 2});
      CHECK(read_npz(path, "a/doubles").values == Floats{1});
      CHECK(read_npz_labels(path, "labels") == std::vector<std::uint8_t>{3, 7});
      for (const std::uint64_t held : {usually_held, std::uint64_t{0}}) {
        const Samples samples = read_npz_samples(path, "images", held);
        // Compressed data cannot be read from an arbitrary position.
        CHECK(samples.held() == (held != 0 || method != 0));
        CHECK(samples.name() == path.string() + ":images");
        Floats out(4);
        samples.values(1, 1, out.data());
        CHECK(out == Floats{4 / 255.0f, 5 / 255.0f, 6 / 255.0f, 1.0f});
      }
    }
}

TEST_CASE("an array of a .npz archive is found by its name, or without if it is the only one") {
  const TemporaryFolder folder;
  const std::string one = npy("|u1", "(1, 1)", "\1"), two = npy("|u1", "(1, 1)", "\2");
  const std::string single = folder.write("single.npz", zip({{"arr_0.npy", one}})).string();
  CHECK(read_npz(single, "").values == Floats{1});
  const std::string both = folder.write("both.npz", zip({{"a.npy", one}, {"b.npy", two}})).string();
  CHECK(read_npz(both, "b").values == Floats{2});
  CHECK(message_of<FileError>([&] { read_npz(both, ""); }) ==
        both + ": expected FILE:NAME with one of a, b, found no name");
  CHECK(message_of<FileError>([&] { read_npz(both, "c\n"); }) ==
        both + ": expected FILE:NAME with one of a, b, found 'c?'");
  std::vector<ZipFile> many;
  for (int i = 0; i < 12; ++i) many.push_back({"arr_" + std::to_string(i) + ".npy", one});
  const std::string twelve = folder.write("many.npz", zip(many)).string();
  CHECK(message_of<FileError>([&] { read_npz(twelve, ""); }).find("arr_6, arr_7 and 4 more, found no name") !=
        std::string::npos);
  // As in Python, where an archive was written to twice.
  const std::string twice = folder.write("twice.npz", zip({{"a.npy", one}, {"a.npy", two}})).string();
  CHECK(read_npz(twice, "a").values == Floats{2});
  const std::string none = folder.write("none.npz", zip({{"a.txt", one}})).string();
  CHECK(message_of<FileError>([&] { read_npz(none, ""); }) ==
        none + ": expected arrays (NAME.npy) in the archive, found none");
}

TEST_CASE("what is wrong with an array of a .npz archive names the array and the byte within it") {
  const TemporaryFolder folder;
  const std::string cut = npy("<f4", "(2, 1)", "1234567");
  const auto path =
      folder.write("x.npz", zip({{"a.npy", cut}, {"b.npy", cut, 8}, {"c.npy", npy("<c8", "(1, 1)", "")}}));
  const std::string name = path.string();
  const std::string end = std::to_string(cut.size());
  const std::string begin = std::to_string(cut.size() - 7);
  const std::string stored = message_of<FileError>([&] { read_npz(path, "a"); });
  CHECK(stored == name + ":a: byte " + begin + ": expected " + std::to_string(cut.size() + 1) +
                      " bytes in all, found " + end);
  CHECK(message_of<FileError>([&] { read_npz_samples(path, "a", 0); }) == stored);
  CHECK(message_of<FileError>([&] { read_npz(path, "b"); }) == name + ":b: byte " + begin + ": expected " +
                                                                   std::to_string(cut.size() + 1) +
                                                                   " bytes in all, found at most " + end);
  CHECK(message_of<FileError>([&] { read_npz(path, "c"); }).find(":c: byte 20: expected integers") !=
        std::string::npos);
  // One bit that has changed is found by the sum.
  std::string bytes = zip({{"a.npy", npy("<f4", "(2, 1)", one_and_a_half)}});
  bytes[bytes.find(one_and_a_half)] = '\1';
  const auto changed = folder.write("x.npz", bytes);
  CHECK(message_of<FileError>([&] { read_npz_samples(changed, ""); }).find(":a: expected data whose CRC-32 is ") !=
        std::string::npos);
}

TEST_CASE("a .npz archive that is cut short while it is in use is one clear error") {
  const TemporaryFolder folder;
  const std::string bytes = zip({{"a.npy", npy("<f4", "(2, 1)", one_and_a_half)}});
  const auto path = folder.write("x.npz", bytes);
  const Samples samples = read_npz_samples(path, "a", 0);
  const std::size_t begin = bytes.find(one_and_a_half);
  std::filesystem::resize_file(path, begin + 4);
  Floats out(2);
  CHECK(message_of<FileError>([&] { samples.values(0, 2, out.data()); }) ==
        path.string() + ":a: byte " + std::to_string(begin + 4) + ": expected " + std::to_string(begin + 8) +
            " bytes of the whole file, as when it was opened, found " + std::to_string(begin + 4));
}
