#include <isthmus/error.hpp>
#include <isthmus/interchange/hdf5.hpp>

#include <hdf5.h>

#include <filesystem>
#include <limits>

#include "data/temporary_folder.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::interchange;

namespace {

using Catch::Matchers::Contains;
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

}  // namespace

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
                    Contains("2 rows from row 2 on") && Contains("3 rows"));
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
  CHECK_THROWS_WITH(file.texts("/bytes", "count"), Contains("'/bytes', attribute 'count'") && Contains("strings"));
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
      CHECK_THROWS_WITH(file.read_bytes("x"), Contains("unsigned integers of 8 bits"));
    }
  }
}

TEST_CASE("a shape that the HDF5 file is too small for is refused before memory is taken") {
  const TemporaryFolder folder;
  for (const bool in_chunks : {false, true}) {
    const Hdf5File file(write_foreign(folder, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, nullptr,
                                      {hsize_t{1} << 40, 1 << 10}, in_chunks));
    CHECK_THROWS_WITH(file.read("x"), Contains("data set 'x'") && Contains("[1099511627776, 1024]"));
    CHECK_THROWS_AS(file.read_rows("x", 0, std::int64_t{1} << 40), FileError);
  }
}

TEST_CASE("what is no HDF5 file, or has no such data set, is named") {
  const TemporaryFolder folder;
  CHECK_THROWS_AS(Hdf5File(folder / "missing.h5"), FileError);
  CHECK_THROWS_WITH(Hdf5File(folder.write("empty.h5", "")), Contains("empty.h5") && Contains("an empty file"));
  CHECK_THROWS_WITH(Hdf5File(folder.write("text.h5", "no HDF5")), Contains("an HDF5 file"));
  const Hdf5File file(write_sample(folder));
  CHECK_THROWS_WITH(file.read("/wrong"), Contains("data set '/wrong'") && Contains("/layers/dense/0"));
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
