#include <isthmus/error.hpp>
#include <isthmus/interchange/hdf5.hpp>

#include <hdf5.h>

#include <filesystem>
#include <limits>

#include "data/temporary_folder.hpp"
#include "support/catch.hpp"
#include "support/contains.hpp"

using namespace isthmus;
using namespace isthmus::interchange;

namespace {

using Floats = std::vector<float>;
using Bytes = std::vector<std::uint8_t>;
using Shape = std::vector<std::int64_t>;

const Floats six{1.5f, -2, 3, 0, -0.25f, 6};
const Bytes four{0, 1, 254, 255};

std::filesystem::path write_sample(const TemporaryFolder& folder) {
  const auto path = folder / "sample.h5";
  write_hdf5(path,
             std::vector<Hdf5Data>{{"/layers/dense/0", {3, 2}, std::span<const float>(six)},
                                   {"/bytes", {4}, std::span<const std::uint8_t>(four)},
                                   {"/one", {}, std::span<const float>(six).first(1)},
                                   {"/none", {0, 5}, std::span<const float>()}},
             std::vector<Hdf5Attribute>{{"/", "format", std::string("a text")},
                                        {"/layers", "names", std::vector<std::string>{"dense", "x", ""}},
                                        {"/bytes", "count", std::int64_t{-4}},
                                        {"/made", "bound", 0.125}});
  return path;
}

/// A file as other programs write it: "x" of `file_type`, in one piece, or in compressed chunks of two rows.
std::filesystem::path write_foreign(const TemporaryFolder& folder, hid_t file_type, hid_t memory_type,
                                    const void* values, std::vector<hsize_t> extents, bool in_chunks = false) {
  const auto path = folder / "foreign.h5";
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t space = H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr);
  const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
  if (in_chunks) {
    extents[0] = 2;
    H5Pset_chunk(properties, static_cast<int>(extents.size()), extents.data());
    H5Pset_deflate(properties, 9);
  }
  const hid_t set = H5Dcreate2(file, "x", file_type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
  if (values != nullptr) REQUIRE(H5Dwrite(set, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
  H5Dclose(set);
  H5Pclose(properties);
  H5Sclose(space);
  H5Fclose(file);
  return path;
}

/// The error message of `read` for "x" of the file.
std::string complaint_of(const std::filesystem::path& path) {
  const std::string text = message_of<FileError>([&] { Hdf5File(path).read("x"); });
  const std::string start = path.string() + ": data set 'x': ";
  return text.starts_with(start) ? text.substr(start.size()) : "not of the data set: " + text;
}

}  // namespace

TEST_CASE("HDF5: 16-bit floats are read, numbers of a form that no processor has are not") {
  const TemporaryFolder folder;
  const hid_t half = H5Tcopy(H5T_IEEE_F32LE);
  H5Tset_fields(half, 15, 10, 5, 0, 10);
  H5Tset_size(half, 2);
  H5Tset_ebias(half, 15);
  CHECK(Hdf5File(write_foreign(folder, half, H5T_NATIVE_FLOAT, six.data(), {6})).read("x") == six);
  H5Tset_ebias(half, 14);
  CHECK(complaint_of(write_foreign(folder, half, H5T_NATIVE_FLOAT, six.data(), {6})) ==
        "expected numbers of 8 to 64 bits in a usual form, found 2 bytes in another");
  const hid_t packed = H5Tcopy(H5T_STD_I32LE);
  H5Tset_precision(packed, 12);
  CHECK(complaint_of(write_foreign(folder, packed, H5T_NATIVE_FLOAT, nullptr, {6})) ==
        "expected numbers of 8 to 64 bits in a usual form, found 4 bytes in another");
  H5Tclose(half);
  H5Tclose(packed);
}

TEST_CASE("HDF5: nothing is read of other files than this one") {
  const TemporaryFolder folder;
  const auto secret = write_sample(folder);
  const auto path = folder / "links.h5";
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  REQUIRE(H5Lcreate_external(secret.c_str(), "/bytes", file, "linked", H5P_DEFAULT, H5P_DEFAULT) >= 0);
  const hsize_t count = 4;
  const hid_t space = H5Screate_simple(1, &count, nullptr), outside = H5Pcreate(H5P_DATASET_CREATE),
              assembled = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_external(outside, secret.c_str(), 0, 4);
  H5Pset_virtual(assembled, space, secret.c_str(), "/bytes", space);
  H5Dclose(H5Dcreate2(file, "outside", H5T_STD_U8LE, space, H5P_DEFAULT, outside, H5P_DEFAULT));
  H5Dclose(H5Dcreate2(file, "assembled", H5T_STD_U8LE, space, H5P_DEFAULT, assembled, H5P_DEFAULT));
  H5Pclose(outside);
  H5Pclose(assembled);
  H5Sclose(space);
  H5Fclose(file);
  const Hdf5File links(path);
  for (const char* name : {"/outside", "/assembled"})
    CHECK(message_of<FileError>([&] { links.read_bytes(name); }) ==
          path.string() + ": data set '" + name + "': expected data in this file, found data in '" +
              secret.string() + "'");
  const std::string linked = "a link to '/bytes' in another file, '" + secret.string() + "'";
  CHECK(message_of<FileError>([&] { links.read_bytes("linked"); }) ==
        path.string() + ": data set 'linked': expected a data set of this name, found " + linked);
  CHECK(message_of<FileError>([&] { links.number("linked", "count"); }) ==
        path.string() + ": 'linked': expected a group or data set of this name, found " + linked);
  CHECK(Hdf5File(secret).number("/bytes", "count") == -4);
}

TEST_CASE("HDF5: a chunk that the file has no room for is refused before memory is taken") {
  const TemporaryFolder folder;
  const auto path = folder / "chunks.h5";
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hsize_t extents[] = {8, 50'000'000}, most[] = {H5S_UNLIMITED, H5S_UNLIMITED};
  const hid_t space = H5Screate_simple(2, extents, most), properties = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(properties, 2, extents);
  H5Dclose(H5Dcreate2(file, "x", H5T_STD_U8LE, space, H5P_DEFAULT, properties, H5P_DEFAULT));
  H5Pclose(properties);
  H5Sclose(space);
  H5Fclose(file);
  CHECK(message_of<FileError>([&] { Hdf5File(path).read_rows("x", 0, 0); }) ==
        path.string() +
            ": data set 'x': expected chunks that the file has room for, found chunks of [8, 50000000]");
}

TEST_CASE("what is written to an HDF5 file is read from it") {
  const TemporaryFolder folder;
  const Hdf5File file(write_sample(folder));
  CHECK(file.datasets() == std::vector<std::string>{"/bytes", "/layers/dense/0", "/none", "/one"});
  CHECK(file.info("layers/dense/0").shape == Shape{3, 2});
  CHECK_FALSE(file.info("/layers/dense/0").is_bytes);
  CHECK(file.info("/bytes").is_bytes);
  CHECK(file.read("/layers/dense/0") == six);
  CHECK(file.read("/bytes") == Floats{0, 1, 254, 255});
  CHECK(file.read_bytes("/bytes") == four);
  CHECK(file.info("/one").shape.empty());
  CHECK(file.read("/one") == Floats{1.5f});
  CHECK(file.info("/none").shape == Shape{0, 5});
  CHECK(file.read("/none").empty());
}

TEST_CASE("rows of an HDF5 data set are read alone") {
  const TemporaryFolder folder;
  const Hdf5File file(write_sample(folder));
  CHECK(file.read_rows("/layers/dense/0", 1, 2) == Floats{3, 0, -0.25f, 6});
  CHECK(file.read_rows("/layers/dense/0", 0, 1) == Floats{1.5f, -2});
  CHECK(file.read_rows("/layers/dense/0", 3, 0).empty());
  CHECK_THROWS_WITH(file.read_rows("/layers/dense/0", 2, 2),
                    ContainsSubstring("2 rows from row 2 on") && ContainsSubstring("3 rows"));
  CHECK_THROWS_AS(file.read_rows("/layers/dense/0", -1, 1), FileError);
  CHECK_THROWS_AS(file.read_rows("/layers/dense/0", 1, std::numeric_limits<std::int64_t>::max()), FileError);
  CHECK_THROWS_AS(file.read_rows("/one", 0, 1), FileError);
}

TEST_CASE("attributes of an HDF5 file are strings and numbers") {
  const TemporaryFolder folder;
  const Hdf5File file(write_sample(folder));
  CHECK(file.texts("/", "format") == std::vector<std::string>{"a text"});
  CHECK(file.texts("/layers", "names") == std::vector<std::string>{"dense", "x", ""});
  CHECK(file.number("/bytes", "count") == -4.0);
  CHECK(file.number("/made", "bound") == 0.125);
  CHECK_FALSE(file.texts("/", "missing").has_value());
  CHECK_FALSE(file.number("/", "missing").has_value());
  CHECK_THROWS_WITH(file.texts("/bytes", "count"),
                    ContainsSubstring("'/bytes', attribute 'count'") && ContainsSubstring("strings"));
  CHECK_THROWS_AS(file.number("/", "format"), FileError);
  CHECK_THROWS_AS(file.number("/nowhere", "count"), FileError);
}

TEST_CASE("numbers of every kind become floats, out of one piece or out of compressed chunks") {
  const TemporaryFolder folder;
  const std::vector<double> values{1, -2, 3, 100, 5, 6};
  const Floats expected(values.begin(), values.end());
  for (const bool in_chunks : {false, true}) {
    for (const hid_t type : {H5T_IEEE_F64BE, H5T_IEEE_F32LE, H5T_STD_I8LE, H5T_STD_I16BE, H5T_STD_I64LE}) {
      const Hdf5File file(write_foreign(folder, type, H5T_NATIVE_DOUBLE, values.data(), {3, 2}, in_chunks));
      CHECK(file.read("x") == expected);
      CHECK(file.read_rows("x", 1, 2) == Floats(expected.begin() + 2, expected.end()));
      CHECK_THROWS_WITH(file.read_bytes("x"), ContainsSubstring("unsigned integers of 8 bits"));
    }
  }
}

TEST_CASE("a shape that the HDF5 file is too small for is refused before memory is taken") {
  const TemporaryFolder folder;
  for (const bool in_chunks : {false, true}) {
    const Hdf5File file(
        write_foreign(folder, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, nullptr, {hsize_t{1} << 40, 1 << 10}, in_chunks));
    CHECK_THROWS_WITH(file.read("x"),
                      ContainsSubstring("data set 'x'") && ContainsSubstring("[1099511627776, 1024]"));
    CHECK_THROWS_AS(file.read_rows("x", 0, std::int64_t{1} << 40), FileError);
  }
}

TEST_CASE("what is no HDF5 file, or has no such data set, is named") {
  const TemporaryFolder folder;
  CHECK_THROWS_AS(Hdf5File(folder / "missing.h5"), FileError);
  CHECK_THROWS_WITH(Hdf5File(folder.write("empty.h5", "")),
                    ContainsSubstring("empty.h5") && ContainsSubstring("an empty file"));
  CHECK_THROWS_WITH(Hdf5File(folder.write("text.h5", "no HDF5")), ContainsSubstring("an HDF5 file"));
  const Hdf5File file(write_sample(folder));
  CHECK_THROWS_WITH(file.read("/wrong"),
                    ContainsSubstring("data set '/wrong'") && ContainsSubstring("/layers/dense/0"));
  CHECK_THROWS_AS(file.read(""), FileError);
  CHECK_THROWS_AS(file.read("/layers"), FileError);
}

TEST_CASE("an HDF5 file that is cut short is refused") {
  const TemporaryFolder folder;
  const std::string whole = read_bytes(write_sample(folder));
  for (std::size_t size = 0; size < whole.size(); size += 61)
    CHECK_THROWS_AS(Hdf5File(folder.write("cut.h5", whole.substr(0, size))), FileError);
}

TEST_CASE("an HDF5 file that cannot be written leaves the earlier one as it was") {
  const TemporaryFolder folder;
  const auto path = folder.write("x.h5", "earlier");
  const Hdf5Data data{"/a", {6}, std::span<const float>(six)};
  CHECK_THROWS_AS(write_hdf5(path, std::vector<Hdf5Data>{data, data}), FileError);
  CHECK_THROWS_AS(write_hdf5(path, std::vector<Hdf5Data>{{"/a", {5}, data.values}}), ShapeError);
  CHECK_THROWS_AS(write_hdf5(path, std::vector<Hdf5Data>{{"", {6}, data.values}}), FileError);
  CHECK(read_bytes(path) == "earlier");
  CHECK(std::distance(std::filesystem::directory_iterator(folder / ""), {}) == 1);
  CHECK_THROWS_AS(write_hdf5(folder / "no/folder.h5", std::vector<Hdf5Data>{data}), FileError);
}

TEST_CASE("the same data give the same HDF5 file, and whoever had HDF5's errors printed has so again") {
  const TemporaryFolder first, second;
  H5E_auto2_t before = nullptr, after = nullptr;
  void* data = nullptr;
  H5Eget_auto2(H5E_DEFAULT, &before, &data);
  CHECK(read_bytes(write_sample(first)) == read_bytes(write_sample(second)));
  CHECK_THROWS_AS(Hdf5File(first / "sample.h5").read("/wrong"), FileError);
  H5Eget_auto2(H5E_DEFAULT, &after, &data);
  CHECK(before != nullptr);
  CHECK(before == after);
}
