#include <isthmus/error.hpp>
#include <isthmus/interchange/safetensors.hpp>

#include <bit>
#include <cmath>
#include <limits>

#include "data/temporary_folder.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::interchange;

namespace {

using Floats = std::vector<float>;
using Shape = std::vector<std::int64_t>;

const std::string one_and_a_half{"\0\0\x80\x3f\0\0\0\xbf", 8};  // 1.0f, -0.5f

std::string with_size(std::uint64_t size, const std::string& rest) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<char>(size >> (8 * i)));
  return bytes + rest;
}

std::string with_header(const std::string& header, const std::string& data) {
  return with_size(header.size(), header + data);
}

std::string entry(const std::string& name, const std::string& shape, const std::string& offsets) {
  return "\"" + name + R"(":{"dtype":"F32","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

TensorFile read(const std::string& bytes) {
  const TemporaryFolder folder;
  return read_safetensors(folder.write("x.safetensors", bytes));
}

/// The error message of reading `bytes`, without the file's name.
std::string complaint(const std::string& bytes) {
  const TemporaryFolder folder;
  const auto path = folder.write("x.safetensors", bytes);
  const std::string text = message_of<FileError>([&] { read_safetensors(path); });
  CHECK(text.find('\n') == std::string::npos);
  return text.starts_with(path.string() + ": ") ? text.substr(path.string().size() + 2) : "no file in: " + text;
}

/// The same for a header over eight bytes of data.
std::string header_complaint(const std::string& header) { return complaint(with_header(header, one_and_a_half)); }

}  // namespace

TEST_CASE("a safetensors file is written byte for byte as the format has it") {
  const TensorFile file{{{"format", "pt"}}, {{"a", {2, 1}, {1.0f, -0.5f}}, {"b\"", {}, {1.0f}}}};
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},)"
      R"("b\"":{"dtype":"F32","shape":[],"data_offsets":[8,12]}})";
  const std::string padded = header + std::string((8 - header.size() % 8) % 8, ' ');
  CHECK(serialize_safetensors(file) == with_header(padded, one_and_a_half + one_and_a_half.substr(0, 4)));
  CHECK(serialize_safetensors({}) == with_header("{}      ", ""));
  const TemporaryFolder folder;
  write_safetensors(folder / "x.safetensors", file);
  CHECK(read_bytes(folder / "x.safetensors") == serialize_safetensors(file));
}

TEST_CASE("tensors and metadata come back as they were written") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const TensorFile file{{{"graph", "dense"}, {"text", "line\n\"quoted\" \\ \u00e9 \x01"}, {"", ""}},
                        {{"enc1/weights", {2, 3}, {1, -2, 3e38f, 1e-45f, -0.0f, 6}},
                         {"scalar", {}, {std::numeric_limits<float>::infinity()}},
                         {"empty", {0, 5}, {}},
                         {"empty too", {3, 0}, {}},
                         {"\u00fcber", {1, 1, 1, 1, 1}, {nan}}}};
  const TensorFile back = read(serialize_safetensors(file));
  CHECK(back.metadata == file.metadata);
  REQUIRE(back.tensors.size() == file.tensors.size());
  for (std::size_t i = 0; i < file.tensors.size(); ++i) {
    CHECK(back.tensors[i].name == file.tensors[i].name);
    CHECK(back.tensors[i].shape == file.tensors[i].shape);
    if (i + 1 < file.tensors.size()) CHECK(back.tensors[i].values == file.tensors[i].values);
  }
  CHECK(std::isnan(back.tensors.back().values.at(0)));
  REQUIRE(back.find("scalar") != nullptr);
  CHECK(back.find("scalar") == &back.tensors[1]);
  CHECK(back.find("scala") == nullptr);
}

TEST_CASE("tensors are read in the order of their data, whatever the order in the header") {
  std::string header = "{";
  header += entry("second", "[1]", "[4,8]") + "," + entry("first", "[1]", "[0,4]") + "}  \n";
  const TensorFile file = read(with_header(header, one_and_a_half));
  REQUIRE(file.tensors.size() == 2);
  CHECK(file.tensors[0].name == "first");
  CHECK(file.tensors[0].values == Floats{1.0f});
  CHECK(file.tensors[1].values == Floats{-0.5f});
  CHECK(file.metadata.empty());
}

TEST_CASE("a safetensors file that is missing, empty or cut short") {
  const TemporaryFolder folder;
  const std::string missing = (folder / "missing").string();
  CHECK(message_of<FileError>([&] { read_safetensors(missing); }) ==
        missing + ": cannot open: No such file or directory");
  CHECK(complaint("") == "expected a safetensors file, found an empty file");
  CHECK(complaint("1234567") ==
        "byte 0: expected a safetensors file (8 bytes), found the end of the file after 7");
  const std::string whole = serialize_safetensors({{}, {{"a", {2}, {1.0f, -0.5f}}}});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    INFO("cut to " << size << " of " << whole.size());
    CHECK(complaint(whole.substr(0, size)).starts_with("no file in") == false);
  }
  CHECK(complaint(whole.substr(0, whole.size() - 1)) ==
        "tensor 'a': expected a place within 7 bytes of data, found data_offsets [0, 8]");
  CHECK(complaint(whole + "abc") == "the data: expected 8 bytes, as the tensors have, found 11");
}

TEST_CASE("a header size that the file or the format does not allow is refused before memory is taken") {
  CHECK(complaint(with_size(3, "{}")) == "byte 0: expected a header of at most 2 bytes, found 3");
  CHECK(complaint(with_size(~std::uint64_t{0}, "{}")) ==
        "byte 0: expected a header of at most 2 bytes, found 18446744073709551615");
  // A hole in the file: as large as it says, and no room on the disk.
  const TemporaryFolder folder;
  const auto path = folder.write("x.safetensors", with_size(100'000'001, "{}"));
  std::filesystem::resize_file(path, 200'000'000);
  CHECK(message_of<FileError>([&] { read_safetensors(path); }) ==
        path.string() + ": byte 0: expected a header of at most 100000000 bytes, found 100000001");
}

TEST_CASE("a header that is not JSON, or not one object") {
  CHECK(header_complaint("").starts_with("byte 8: expected valid JSON in UTF-8, found "));
  CHECK(header_complaint("nonsense").starts_with("byte 8: expected valid JSON in UTF-8, found "));
  CHECK(header_complaint("{\"a\":").starts_with("byte 13: expected valid JSON in UTF-8, found "));
  CHECK(header_complaint("{\"a\xff\":{}}").starts_with("byte 11: expected valid JSON in UTF-8, found "));
  CHECK(header_complaint("{} {}").starts_with("byte 11: expected valid JSON in UTF-8, found "));
  CHECK(header_complaint(" {}") == "byte 8: expected valid JSON in UTF-8, found white space");
  CHECK(header_complaint("[]") == "the header: expected an object, found an array");
  CHECK(header_complaint("\"a\"") == "the header: expected an object, found a string");
  CHECK(header_complaint("7") == "the header: expected an object, found a number");
  CHECK(header_complaint("null") == "the header: expected an object, found null");
}

TEST_CASE("a header nested deep is refused at its first level that the format does not have") {
  const std::string deep(50'000'000, '[');
  CHECK(header_complaint(deep) == "the header: expected an object, found an array");
  CHECK(header_complaint("{\"a\":" + deep) == "tensor 'a': expected an object, found an array");
  CHECK(header_complaint("{\"a\":{\"shape\":" + deep) == "tensor 'a': expected integers as shape, found an array");
  CHECK(header_complaint(R"({"__metadata__":{"a":)" + deep) == "__metadata__: expected strings, found an array");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  CHECK(header_complaint(objects) == "tensor 'a': expected dtype, shape and data_offsets, found 'a'");
}

TEST_CASE("metadata that are no map of strings") {
  CHECK(header_complaint(R"({"__metadata__":"a"})") == "__metadata__: expected an object, found a string");
  CHECK(header_complaint(R"({"__metadata__":{"a":1}})") == "__metadata__: expected strings, found a number");
  CHECK(header_complaint(R"({"__metadata__":{"a":null}})") == "__metadata__: expected strings, found null");
  CHECK(header_complaint(R"({"__metadata__":{"a":true}})") == "__metadata__: expected strings, found true");
  CHECK(header_complaint(R"({"__metadata__":{"a":{}}})") == "__metadata__: expected strings, found an object");
  CHECK(header_complaint(R"({"__metadata__":{"a":"1","a":"2"}})") ==
        "__metadata__: expected each key once, found 'a' again");
  CHECK(header_complaint(R"({"__metadata__":{},"__metadata__":{}})") ==
        "__metadata__: expected each name once, found it again");
}

TEST_CASE("a tensor that is described wrongly") {
  const auto tensor = [](const std::string& fields) { return header_complaint("{\"a\":{" + fields + "}}"); };
  CHECK(header_complaint(R"({"a":1})") == "tensor 'a': expected an object, found a number");
  CHECK(tensor(R"("dtype":"F32","shape":[2])") == "tensor 'a': expected data_offsets, found none");
  CHECK(tensor(R"("dtype":"F32","data_offsets":[0,8])") == "tensor 'a': expected shape, found none");
  CHECK(tensor(R"("shape":[2],"data_offsets":[0,8])") == "tensor 'a': expected dtype, found none");
  CHECK(tensor(R"("dtype":"F16")") == "tensor 'a': expected dtype 'F32', found 'F16'");
  CHECK(tensor(R"("dtype":4)") == "tensor 'a': expected a string as dtype, found a number");
  CHECK(tensor(R"("dtype":["F32"])") == "tensor 'a': expected a string as dtype, found an array");
  CHECK(tensor(R"("dtype":"F32","dtype":"F32")") == "tensor 'a': expected dtype once, found it again");
  CHECK(tensor(R"("strides":[1])") == "tensor 'a': expected dtype, shape and data_offsets, found 'strides'");
  CHECK(tensor(R"("shape":"2")") == "tensor 'a': expected an array as shape, found a string");
  CHECK(tensor(R"("shape":{})") == "tensor 'a': expected an array as shape, found an object");
  CHECK(tensor(R"("shape":2)") == "tensor 'a': expected an array as shape, found a number");
  CHECK(tensor(R"("shape":[-1])") == "tensor 'a': expected integers from 0, found -1");
  CHECK(tensor(R"("shape":[2.5])") == "tensor 'a': expected integers, found 2.5");
  CHECK(tensor(R"("shape":["2"])") == "tensor 'a': expected integers as shape, found a string");
  CHECK(tensor(R"("shape":[9223372036854775808])") ==
        "tensor 'a': expected integers below 2^63, found 9223372036854775808");
  std::string ones = "1";
  for (int i = 0; i < 64; ++i) ones += ",1";
  CHECK(tensor("\"shape\":[" + ones + "]") == "tensor 'a': expected at most 64 dimensions, found more");
  CHECK(tensor(R"("data_offsets":[0])") == "tensor 'a': expected two data_offsets, found 1");
  CHECK(tensor(R"("data_offsets":[0,4,8])") == "tensor 'a': expected two data_offsets, found 3");
  CHECK(tensor(R"("data_offsets":[0,null])") == "tensor 'a': expected integers as data_offsets, found null");
}

TEST_CASE("a tensor whose data are not where they should be") {
  CHECK(header_complaint("{" + entry("a", "[2]", "[4,12]") + "}") ==
        "tensor 'a': expected a place within 8 bytes of data, found data_offsets [4, 12]");
  CHECK(header_complaint("{" + entry("a", "[2]", "[8,0]") + "}") ==
        "tensor 'a': expected a place within 8 bytes of data, found data_offsets [8, 0]");
  CHECK(header_complaint("{" + entry("a", "[1]", "[0,8]") + "}") ==
        "tensor 'a': expected 4 bytes for each value of shape [1], found data_offsets [0, 8]");
  CHECK(header_complaint("{" + entry("a", "[1]", "[0,7]") + "}") ==
        "tensor 'a': expected 4 bytes for each value of shape [1], found data_offsets [0, 7]");
  // The product is 2^64 + 2, and its low 64 bits would fit.
  CHECK(header_complaint("{" + entry("a", "[3074457345618258603,3,2]", "[0,8]") + "}").find("for each value") !=
        std::string::npos);
  CHECK(header_complaint("{" + entry("a", "[4611686018427387904,4]", "[0,0]") + "}") ==
        "tensor 'a': expected 4 bytes for each value of shape [4611686018427387904, 4], found data_offsets "
        "[0, 0]");
  CHECK(header_complaint("{" + entry("a", "[2]", "[0,8]") + "," + entry("b", "[1]", "[4,8]") + "}") ==
        "tensor 'b': expected data that begin at 8, where others end, found an overlap from 4");
  CHECK(header_complaint("{" + entry("a", "[1]", "[4,8]") + "}") ==
        "tensor 'a': expected data that begin at 0, where others end, found a gap up to 4");
  CHECK(header_complaint("{" + entry("a", "[1]", "[0,4]") + "}") ==
        "the data: expected 4 bytes, as the tensors have, found 8");
  CHECK(header_complaint("{" + entry("a", "[1]", "[0,4]") + "," + entry("a", "[1]", "[4,8]") + "}") ==
        "tensor 'a': expected each name once, found it again");
  // The same name, spelled in two ways.
  CHECK(header_complaint("{" + entry("a", "[1]", "[0,4]") + "," + entry("\\u0061", "[1]", "[4,8]") + "}") ==
        "tensor 'a': expected each name once, found it again");
}

TEST_CASE("a tensor's name cannot spoil the message") {
  CHECK(header_complaint(R"({"a\n\u001b[2J":1})") == "tensor 'a??[2J': expected an object, found a number");
  CHECK(header_complaint("{\"" + std::string(1000, 'x') + "\":1}") ==
        "tensor '" + std::string(80, 'x') + "...': expected an object, found a number");
  CHECK(header_complaint("{\"x" + std::string(79, 'x') + "\u00fc\":1}").find("xx...'") != std::string::npos);
  CHECK(header_complaint("{\"" + std::string(79, 'x') + "\u00fc\":1}").find("xx...'") != std::string::npos);
}

TEST_CASE("what could not be read back is not written") {
  const TemporaryFolder folder;
  const auto path = folder / "x.safetensors";
  const auto refused = [&](const TensorFile& file) {
    return message_of<FileError>([&] { write_safetensors(path, file); }).substr(path.string().size());
  };
  CHECK(refused({{}, {{"a", {2, 2}, {1, 2, 3}}}}) ==
        ": tensor 'a': expected 4 bytes for each value of shape [2, 2], found data_offsets [0, 12]");
  CHECK(refused({{}, {{"a", {1}, {1}}, {"a", {1}, {1}}}}) ==
        ": tensor 'a': expected each name once, found it again");
  CHECK(refused({{}, {{"__metadata__", {1}, {1}}}}) == ": __metadata__: expected strings, found an array");
  CHECK(refused({{{"data", "\xff.npy"}}, {}}).find("expected valid JSON in UTF-8, found") != std::string::npos);
  CHECK(refused({{}, {{"a", {-1, -1}, {1}}}}) == ": tensor 'a': expected integers from 0, found -1");
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK_THROWS_AS(serialize_safetensors({{}, {{"a", {2}, {1}}}}), FileError);
}
