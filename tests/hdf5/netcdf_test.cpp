// Files in NetCDF's classic formats.
#include <isthmus/error.hpp>
#include <isthmus/interchange/hdf5.hpp>

#include <cmath>

#include "data/temporary_folder.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::interchange;

#ifdef ISTHMUS_HAS_NETCDF
#include <netcdf.h>

namespace {

using Floats = std::vector<float>;
using Shape = std::vector<std::int64_t>;

/// A NetCDF file in the making, closed at the end of its scope.
class Netcdf {
 public:
  Netcdf(const std::filesystem::path& path, int format) {
    REQUIRE(nc_create(path.c_str(), NC_CLOBBER | format, &id_) == NC_NOERR);
  }
  Netcdf(const Netcdf&) = delete;
  Netcdf& operator=(const Netcdf&) = delete;
  ~Netcdf() { nc_close(id_); }

  int id() const { return id_; }
  int dimension(const char* name, std::size_t length) {
    int dimension = 0;
    REQUIRE(nc_def_dim(id_, name, length, &dimension) == NC_NOERR);
    return dimension;
  }
  int variable(const char* name, nc_type type, const std::vector<int>& dimensions) {
    int variable = 0;
    REQUIRE(nc_def_var(id_, name, type, static_cast<int>(dimensions.size()), dimensions.data(), &variable) ==
            NC_NOERR);
    return variable;
  }

 private:
  int id_ = -1;
};

/// Temperatures in records of 2 × 3, packed; their mask; and a text.
std::filesystem::path write_sample(const TemporaryFolder& folder, int format) {
  const auto path = folder / "sample.bin";
  Netcdf file(path, format);
  const int time = file.dimension("time", NC_UNLIMITED), y = file.dimension("y", 2), x = file.dimension("x", 3);
  const int packed = file.variable("packed", NC_SHORT, {time, y, x});
  const double scale = 0.01, offset = 273.15;
  const short fill = -32768;
  nc_put_att_double(file.id(), packed, "scale_factor", NC_DOUBLE, 1, &scale);
  nc_put_att_double(file.id(), packed, "add_offset", NC_DOUBLE, 1, &offset);
  nc_put_att_short(file.id(), packed, "_FillValue", NC_SHORT, 1, &fill);
  const int mask = file.variable("mask", NC_BYTE, {y, x});
  nc_put_att_text(file.id(), mask, "_Unsigned", 4, "true");
  const int floats = file.variable("floats", NC_FLOAT, {time, x});
  file.variable("name", NC_CHAR, {x});
  nc_put_att_text(file.id(), NC_GLOBAL, "title", 7, "a title");
  REQUIRE(nc_enddef(file.id()) == NC_NOERR);
  const std::size_t start[] = {0, 0, 0}, records[] = {2, 2, 3}, of_floats[] = {1, 3};
  const short values[] = {fill, 685, 0, 1, 2, 3, 4, 5, 6, 7, 8, fill};
  REQUIRE(nc_put_vara_short(file.id(), packed, start, records, values) == NC_NOERR);
  const signed char bytes[] = {0, 1, 2, 127, -128, -1};
  REQUIRE(nc_put_var_schar(file.id(), mask, bytes) == NC_NOERR);
  // The second record of these is not written.
  REQUIRE(nc_put_vara_float(file.id(), floats, start, of_floats, Floats{1.5f, -2, 3}.data()) == NC_NOERR);
  return path;
}

}  // namespace

TEST_CASE("NetCDF: the classic formats are read as HDF5 is, whatever the file is called") {
  const TemporaryFolder folder;
  for (const int format : {0, NC_64BIT_OFFSET, NC_64BIT_DATA}) {
    const auto path = write_sample(folder, format);
    for (const bool own_process : {true, false}) {
      const Hdf5File file(path, {.own_process = own_process});
      CHECK(file.datasets() == std::vector<std::string>{"/floats", "/mask", "/name", "/packed"});
      CHECK(file.info("packed").shape == Shape{2, 2, 3});
      CHECK_FALSE(file.info("packed").is_bytes);
      const Floats packed = file.read("packed");
      CHECK(std::isnan(packed.at(0)));
      CHECK(packed.at(1) == 280.0f);
      CHECK(packed.at(2) == 273.15f);
      CHECK(std::isnan(packed.at(11)));
      const Floats record = file.read_rows("/packed", 1, 1);
      CHECK(Floats(record.begin(), record.end() - 1) == Floats(packed.begin() + 6, packed.end() - 1));
      CHECK(std::isnan(record.at(5)));
      CHECK(file.info("/mask").is_bytes);
      CHECK(file.read_bytes("mask") == std::vector<std::uint8_t>{0, 1, 2, 127, 128, 255});
      const Floats floats = file.read("floats");
      CHECK(Floats(floats.begin(), floats.begin() + 3) == Floats{1.5f, -2, 3});
      CHECK((std::isnan(floats.at(3)) && std::isnan(floats.at(5))));
      CHECK(file.texts("/", "title") == std::vector<std::string>{"a title"});
      CHECK(file.number("packed", "add_offset") == 273.15);
      CHECK_FALSE(file.number("packed", "none"));
      CHECK_THROWS_AS(file.number("/", "title"), FileError);
      const auto complaint = [&](const char* name) { return message_of<FileError>([&] { file.read(name); }); };
      CHECK(complaint("none") == path.string() +
                                     ": data set 'none': expected a data set of this name, found none; there are "
                                     "/floats, /mask, /name, /packed");
      CHECK(complaint("name") ==
            path.string() + ": data set 'name': expected integers or floating-point numbers, found characters");
      CHECK_THROWS_AS(file.read_rows("packed", 1, 2), FileError);
      CHECK_THROWS_AS(file.read_bytes("packed"), FileError);
    }
  }
}

TEST_CASE("NetCDF: a file that is cut short is refused, be it by a byte") {
  const TemporaryFolder folder;
  for (const int format : {0, NC_64BIT_OFFSET, NC_64BIT_DATA}) {
    const std::string whole = read_bytes(write_sample(folder, format));
    const auto cut = [&](std::size_t size) { return folder.write("cut.nc", whole.substr(0, size)); };
    for (std::size_t size = 0; size < whole.size(); size += 37) CHECK_THROWS_AS(Hdf5File(cut(size)), FileError);
    CHECK(message_of<FileError>([&] { Hdf5File{cut(whole.size() - 1)}; }) ==
          (folder / "cut.nc").string() + ": expected " + std::to_string(whole.size()) +
              " bytes, as its header has it, found " + std::to_string(whole.size() - 1));
  }
}

TEST_CASE("NetCDF: of a single variable in records, none is padded") {
  const TemporaryFolder folder;
  const auto path = folder / "x.nc";
  for (const int format : {0, NC_64BIT_OFFSET, NC_64BIT_DATA}) {
    {
      Netcdf file(path, format);
      const int id = file.variable("x", NC_SHORT, {file.dimension("t", NC_UNLIMITED), file.dimension("x", 3)});
      REQUIRE(nc_enddef(file.id()) == NC_NOERR);
      const std::size_t start[] = {0, 0}, count[] = {3, 3};
      const short values[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
      REQUIRE(nc_put_vara_short(file.id(), id, start, count, values) == NC_NOERR);
    }
    CHECK(Hdf5File(path).read("x") == Floats{1, 2, 3, 4, 5, 6, 7, 8, 9});
  }
}

TEST_CASE("NetCDF: a name that is longer than NetCDF allows is one all the same") {
  const TemporaryFolder folder;
  const std::string name(768, 'n'), none(8, '\0');
  // No records, no dimensions; an attribute of one character; no variables.
  const auto path = folder.write("x.nc", std::string("CDF\1") + std::string(4, '\0') + none +
                                             std::string("\0\0\0\x0c\0\0\0\1\0\0\3\0", 12) + name +
                                             std::string("\0\0\0\2\0\0\0\1x\0\0\0", 12) + none);
  for (const bool own_process : {true, false}) {
    const Hdf5File file(path, {.own_process = own_process});
    CHECK(file.datasets().empty());
    CHECK(file.texts("/", name) == std::vector<std::string>{"x"});
  }
}

#else

TEST_CASE("NetCDF: a library without it says so") {
  const TemporaryFolder folder;
  const auto path = folder.write("x.nc", std::string("CDF\1") + std::string(64, '\0'));
  CHECK(message_of<FileError>([&] { Hdf5File{path}; }) ==
        path.string() + ": expected an HDF5 file, found NetCDF's classic format, which Isthmus was built without");
}

#endif
