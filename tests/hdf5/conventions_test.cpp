// The meaning of numbers in HDF5 and NetCDF files by the CF conventions.
#include <isthmus/error.hpp>
#include <isthmus/interchange/hdf5.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>

#include "data/temporary_folder.hpp"
#include "foreign.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::interchange;

namespace {

using Floats = std::vector<float>;
using std::int16_t, std::int8_t, std::uint8_t;

constexpr float missing = std::numeric_limits<float>::quiet_NaN();

/// "x" of a file that `write` makes of these stored numbers, read by two processes and by one.
template <class T>
Floats read_of(const std::vector<T>& stored, const std::function<void(ForeignFile&)>& write) {
  const TemporaryFolder folder;
  const auto path = folder / "x.h5";
  {
    ForeignFile file(path);
    file.add("x", {stored.size()}, stored);
    write(file);
  }
  const Floats values = Hdf5File(path).read("x"), here = Hdf5File(path, {.own_process = false}).read("x");
  REQUIRE(values.size() == here.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    CHECK(std::bit_cast<std::uint32_t>(values[i]) == std::bit_cast<std::uint32_t>(here[i]));
  return values;
}

/// The same numbers, missing ones at the same places.
void check_same(const Floats& found, const Floats& expected) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    INFO("value " << i << ": " << found[i] << ", expected " << expected[i]);
    CHECK(std::isnan(found[i]) == std::isnan(expected[i]));
    if (!std::isnan(expected[i])) CHECK(found[i] == expected[i]);
  }
}

template <class T>
void check(const std::vector<T>& stored, const std::function<void(ForeignFile&)>& write, const Floats& expected) {
  check_same(read_of(stored, write), expected);
}

}  // namespace

TEST_CASE("CF: packed numbers are scaled, and what is missing is known before that") {
  const auto packed = [](ForeignFile& file) {
    file.attribute("x", "scale_factor", std::vector{0.01});
    file.attribute("x", "add_offset", std::vector{273.15});
    file.attribute("x", "_FillValue", std::vector<int16_t>{-32768});
  };
  check<int16_t>({-32768, 685, 0, 32767}, packed, {missing, 280.0f, 273.15f, 600.82f});
  check<uint8_t>({0, 10, 255}, [](ForeignFile& file) { file.attribute("x", "scale_factor", std::vector{0.5f}); },
                 {0, 5, 127.5f});
  check<float>({1, 2}, [](ForeignFile& file) { file.attribute("x", "add_offset", std::vector<int16_t>{-3}); },
               {-2, -1});
  // Neither is what would be missing after scaling.
  check<int16_t>({2, 4},
                 [](ForeignFile& file) {
                   file.attribute("x", "scale_factor", std::vector{0.5});
                   file.attribute("x", "missing_value", std::vector<int16_t>{2});
                 },
                 {missing, 2});
}

TEST_CASE("CF: missing values of all sorts are NaN") {
  const float large = 1e20f;
  // As a double, 1e20f is another number.
  check<float>({1, large, 3, missing},
               [](ForeignFile& file) { file.attribute("x", "missing_value", std::vector{1e20}); },
               {1, missing, 3, missing});
  check<int16_t>({-9999, -1, 5, 7},
                 [](ForeignFile& file) {
                   file.attribute("x", "missing_value", std::vector<int16_t>{-9999, 7});
                   file.attribute("x", "_FillValue", std::vector<int16_t>{-1});
                 },
                 {missing, missing, 5, missing});
  check<std::int64_t>({(std::int64_t{1} << 53) + 1, std::int64_t{1} << 53},
                      [](ForeignFile& file) {
                        file.attribute("x", "_FillValue", std::vector<std::int64_t>{(std::int64_t{1} << 53) + 1});
                      },
                      {missing, 9007199254740992.0f});
  // A missing value that is no 16-bit integer equals none of the values.
  check<int16_t>({1, 0},
                 [](ForeignFile& file) { file.attribute("x", "missing_value", std::vector{1e20, 0.5, 65537.0}); },
                 {1, 0});
  check<uint8_t>({255, 3}, [](ForeignFile& file) { file.attribute("x", "_FillValue", std::vector<uint8_t>{255}); },
                 {missing, 3});
}

TEST_CASE("CF: what lies out of the valid range is missing") {
  check<int16_t>({-1, 0, 100, 101},
                 [](ForeignFile& file) { file.attribute("x", "valid_range", std::vector<int16_t>{0, 100}); },
                 {missing, 0, 100, missing});
  check<float>({-1, 0.1f, 5, 6},
               [](ForeignFile& file) {
                 file.attribute("x", "valid_min", std::vector{0.1});  // as a double, above 0.1f
                 file.attribute("x", "valid_max", std::vector{5.0});
               },
               {missing, 0.1f, 5, missing});
  const auto scaled = [](ForeignFile& file) { file.attribute("x", "scale_factor", std::vector{0.5}); };
  // Of the stored type: before scaling. Of the wider type that scaled numbers have: after it.
  check<int16_t>({2, 4, 6},
                 [&](ForeignFile& file) {
                   scaled(file);
                   file.attribute("x", "valid_max", std::vector<int16_t>{4});
                 },
                 {1, 2, missing});
  check<int16_t>({2, 4, 6, 8, 10},
                 [&](ForeignFile& file) {
                   scaled(file);
                   file.attribute("x", "valid_range", std::vector{1.5, 4.0});
                 },
                 {missing, 2, 3, 4, missing});
  check<std::uint64_t>({0, ~std::uint64_t{0}},
                       [](ForeignFile& file) { file.attribute("x", "valid_min", std::vector{1.0}); },
                       {missing, 18446744073709551615.0f});
}

TEST_CASE("CF: _Unsigned says how bytes were meant, their attributes as well") {
  const auto unsigned_scaled = [](ForeignFile& file) {
    file.attribute("x", "_Unsigned", std::string("true"));
    file.attribute("x", "_FillValue", std::vector<int8_t>{-1});
    file.attribute("x", "valid_max", std::vector<int8_t>{-56});  // 200
    file.attribute("x", "scale_factor", std::vector{0.5f});
  };
  check<int8_t>({0, 127, -128, -56, -2, -1}, unsigned_scaled, {0, 63.5f, 64, 100, missing, missing});
  check<int16_t>({-1}, [](ForeignFile& file) { file.attribute("x", "_Unsigned", std::string("True")); }, {65535});
  check<uint8_t>({200}, [](ForeignFile& file) { file.attribute("x", "_Unsigned", std::string("false")); }, {-56});
}

TEST_CASE("CF: what NetCDF fills unwritten values with is missing in its files, and a number in others") {
  const float fill = 9.96921e+36f;
  const auto nothing = [](ForeignFile&) {};
  check<float>({1, fill}, nothing, {1, fill});
  check<int16_t>({-32767}, nothing, {-32767});
  for (const char* mark : {"_NCProperties", "_nc3_strict"}) {
    const auto by_netcdf = [mark](ForeignFile& file) { file.attribute("/", mark, std::string("version=2")); };
    check<float>({1, fill}, by_netcdf, {1, missing});
    check<double>({1, 9.9692099683868690e+36}, by_netcdf, {1, missing});
    check<int16_t>({-32767, 1}, by_netcdf, {missing, 1});
    check<std::uint16_t>({65535, 1}, by_netcdf, {missing, 1});
    check<std::int32_t>({-2147483647, 1}, by_netcdf, {missing, 1});
    check<std::uint32_t>({4294967295, 1}, by_netcdf, {missing, 1});
    check<std::int64_t>({-9223372036854775806, 1}, by_netcdf, {missing, 1});
    check<std::uint64_t>({18446744073709551614u, 1}, by_netcdf, {missing, 1});
    // All bytes are in use.
    check<int8_t>({-127, 1}, by_netcdf, {-127, 1});
    check<uint8_t>({255, 1}, by_netcdf, {255, 1});
    // Another one takes its place.
    check<float>({fill, 7},
                 [&](ForeignFile& file) {
                   by_netcdf(file);
                   file.attribute("x", "_FillValue", std::vector{7.0f});
                 },
                 {fill, missing});
  }
  // Of an earlier NetCDF, by the data set's dimensions.
  check<float>({1, fill}, [](ForeignFile& file) { file.attribute("x", "DIMENSION_LIST", std::vector{0}); },
               {1, missing});
}

TEST_CASE("CF: what an HDF5 data set is, is said without reading it") {
  const TemporaryFolder folder;
  const auto path = folder / "x.h5";
  {
    ForeignFile file(path);
    for (const char* name : {"bytes", "filled", "packed", "meant"})
      file.add(name, {2}, std::vector<uint8_t>{1, 2});
    file.attribute("filled", "_FillValue", std::vector<uint8_t>{2});
    file.attribute("packed", "scale_factor", std::vector{2.0});
    file.attribute("meant", "_Unsigned", std::string("false"));
    file.add("signed", {2}, std::vector<int8_t>{1, -1});
    file.attribute("signed", "_Unsigned", std::string("true"));
    file.add("floats", {2}, Floats{1, 2});
    file.add("time", {2}, Floats{0, 0});
    file.attribute("time", "NAME", std::string("This is a netCDF dimension but not a netCDF variable.         2"));
  }
  const Hdf5File file(path);
  const auto kind = [&](const char* name) {
    const Hdf5Info info = file.info(name);
    return std::string(info.is_bytes ? "bytes " : "") + (info.may_be_missing ? "missing " : "") +
           (info.is_dimension ? "dimension " : "");
  };
  CHECK(kind("bytes") == "bytes ");
  CHECK(kind("filled") == "bytes missing ");
  CHECK(kind("packed") == "");
  CHECK(kind("meant") == "");
  CHECK(kind("signed") == "bytes ");
  CHECK(kind("floats") == "missing ");
  CHECK(kind("time") == "missing dimension ");
  CHECK(file.read_bytes("signed") == std::vector<uint8_t>{1, 255});
  CHECK(file.read_bytes("filled") == std::vector<uint8_t>{1, 2});
  CHECK(message_of<FileError>([&] { file.read_bytes("packed"); }) ==
        path.string() + ": data set 'packed': expected unsigned integers of 8 bits, found other numbers");
}

TEST_CASE("CF: an attribute that cannot be meant is named") {
  const TemporaryFolder folder;
  const auto path = folder / "x.h5";
  const auto complaint = [&](const char* name, const auto& value) {
    {
      ForeignFile file(path);
      file.add("x", {1}, Floats{1});
      file.attribute("x", name, value);
    }
    const std::string text = message_of<FileError>([&] { Hdf5File(path).read("x"); });
    const std::string start = path.string() + ": 'x', attribute '" + name + "': ";
    return text.starts_with(start) ? text.substr(start.size()) : text;
  };
  CHECK(complaint("scale_factor", std::vector{1.0, 2.0}) == "expected one number, found 2");
  CHECK(complaint("add_offset", std::string("one")) == "expected numbers, found something else");
  CHECK(complaint("scale_factor", Floats{missing}) == "expected a finite number, found nan");
  CHECK(complaint("valid_range", Floats{1}) == "expected 2 numbers, found 1");
  CHECK(complaint("_FillValue", Floats{1, 2}) == "expected one number, found 2");
}
