// Values that do not simply lie in an HDF5 file: never written, behind a filter, in other files, in files in use.
#include <isthmus/error.hpp>
#include <isthmus/interchange/hdf5.hpp>

#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <numeric>

#include "data/temporary_folder.hpp"
#include "filter_plugin.h"
#include "foreign.hpp"
#include "support/catch.hpp"
#include "support/contains.hpp"

using namespace isthmus;
using namespace isthmus::interchange;

namespace {

using Floats = std::vector<float>;

/// Properties of a data set, closed at the end of their scope.
class Properties {
 public:
  Properties() : id_(H5Pcreate(H5P_DATASET_CREATE)) {}
  Properties(const Properties&) = delete;
  Properties& operator=(const Properties&) = delete;
  ~Properties() { H5Pclose(id_); }
  hid_t id() const { return id_; }
  Properties& chunk(std::vector<hsize_t> extents) {
    H5Pset_chunk(id_, static_cast<int>(extents.size()), extents.data());
    return *this;
  }
  Properties& fill(float value) {
    H5Pset_fill_value(id_, H5T_NATIVE_FLOAT, &value);
    return *this;
  }

 private:
  hid_t id_;
};

/// An environment variable, until the end of its scope.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { ::unsetenv(name_); }

 private:
  const char* name_;
};

}  // namespace

TEST_CASE("HDF5: what was never written is the data set's fill value") {
  const TemporaryFolder folder;
  const auto path = folder / "x.h5";
  {
    ForeignFile file(path);
    file.add<float>("plain", {2, 3}, {}, Properties().fill(-1.5f).id());
    file.add<float>("zero", {4}, {});
    file.add<float>("chunks", {5, 2}, {}, Properties().chunk({2, 2}).fill(7).id());
    file.add<std::uint8_t>("bytes", {3}, {});
    // Written in part: the first of two chunks.
    file.add<float>("partly", {4}, {}, Properties().chunk({2}).fill(9).id());
    const hid_t set = H5Dopen2(file.id(), "partly", H5P_DEFAULT), space = H5Dget_space(set);
    const hsize_t start = 0, count = 2;
    H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, nullptr, &count, nullptr);
    const hid_t memory = H5Screate_simple(1, &count, nullptr);
    REQUIRE(H5Dwrite(set, H5T_NATIVE_FLOAT, memory, space, H5P_DEFAULT, Floats{1, 2}.data()) >= 0);
    H5Sclose(memory), H5Sclose(space), H5Dclose(set);
    Properties none;
    H5Pset_fill_value(none.id(), H5T_NATIVE_FLOAT, nullptr);
    file.add<float>("none", {2}, {}, none.id());
  }
  const Hdf5File file(path);
  CHECK(file.read("plain") == Floats(6, -1.5f));
  CHECK(file.read("zero") == Floats(4, 0));
  CHECK(file.read("chunks") == Floats(10, 7));
  CHECK(file.read_rows("chunks", 3, 2) == Floats(4, 7));
  CHECK(file.read_bytes("bytes") == std::vector<std::uint8_t>(3, 0));
  CHECK(file.read("partly") == Floats{1, 2, 9, 9});
  CHECK(message_of<FileError>([&] { file.read("none"); }) ==
        path.string() +
            ": data set 'none': expected values, found none: it was never written, and has no fill value");
}

TEST_CASE("HDF5: values that take no room in the file are so many as the caller allows, or are read row by row") {
  const TemporaryFolder folder;
  const auto path = folder / "x.h5";
  {
    ForeignFile file(path);
    file.add<float>("plain", {1 << 20, 1 << 10}, {}, Properties().fill(3).id());
    file.add<float>("chunks", {1 << 20, 1 << 10}, {}, Properties().chunk({1, 1 << 10}).fill(3).id());
  }
  for (const char* name : {"plain", "chunks"}) {
    CHECK_THROWS_WITH(Hdf5File(path).read(name),
                      ContainsSubstring("expected data of shape [1048576, 1024], found 0 bytes stored"));
    CHECK(Hdf5File(path).read_rows(name, 1'000'000, 2) == Floats(2048, 3));
    CHECK(Hdf5File(path, {.most_unstored = 4096}).read_rows(name, 5, 1) == Floats(1024, 3));
    CHECK_THROWS_AS(Hdf5File(path, {.most_unstored = 4095}).read_rows(name, 5, 1), FileError);
  }
}

TEST_CASE("HDF5: a filter is found where HDF5 looks for plug-ins, or named") {
  const TemporaryFolder folder;
  const auto path = folder / "x.h5";
  const H5Z_class2_t filter{H5Z_CLASS_T_VERS, turned_filter, 1, 1, turned_filter_name, nullptr, nullptr, turn};
  REQUIRE(H5Zregister(&filter) >= 0);
  Floats values(64);
  std::iota(values.begin(), values.end(), -5.0f);
  {
    ForeignFile file(path);
    Properties turned, unwritten;
    turned.chunk({8, 8}), unwritten.chunk({8, 8}).fill(2);
    H5Pset_filter(turned.id(), turned_filter, H5Z_FLAG_MANDATORY, 0, nullptr);
    H5Pset_filter(unwritten.id(), turned_filter, H5Z_FLAG_MANDATORY, 0, nullptr);
    file.add("x", {8, 8}, values, turned.id());
    file.add("unwritten", {8, 8}, Floats(), unwritten.id());
  }
  REQUIRE(H5Zunregister(turned_filter) >= 0);
  {
    const Variable elsewhere("HDF5_PLUGIN_PATH", (folder / "").string());
    const Hdf5File file(path);
    CHECK(message_of<FileError>([&] { file.read("x"); }) ==
          path.string() +
              ": data set 'x': expected a plug-in for filter 311 ('turned over') in a folder of "
              "HDF5_PLUGIN_PATH, found none that HDF5 can load");
    // Nothing has gone through it.
    CHECK(file.read("unwritten") == Floats(64, 2));
  }
  const Variable there("HDF5_PLUGIN_PATH", ISTHMUS_PLUGINS);
  const Hdf5File file(path);
  CHECK(file.read("x") == values);
  CHECK(file.read_rows("x", 3, 1) == Floats(values.begin() + 24, values.begin() + 32));
}

TEST_CASE("HDF5: a link that leads nowhere is named") {
  const TemporaryFolder folder;
  const auto path = folder / "x.h5";
  {
    ForeignFile file(path);
    file.add("x", {2}, Floats{1, 2});
    H5Lcreate_soft("/x", file.id(), "good", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/gone", file.id(), "broken", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_external("other.h5", "/group", file.id(), "outside", H5P_DEFAULT, H5P_DEFAULT);
  }
  const Hdf5File file(path);
  CHECK(file.read("good") == Floats{1, 2});
  const auto found = [&](const char* name) {
    const std::string text = message_of<FileError>([&] { file.read(name); });
    return text.substr(text.find("found ") + 6);
  };
  CHECK(found("broken") == "a link to '/gone', which is not there");
  CHECK(found("outside") == "a link to '/group' in another file, 'other.h5'");
  CHECK(found("/outside/x") == "a link to '/group' in another file, 'other.h5'");
  CHECK(found("/good/x") == "none; there are /x");
}

TEST_CASE("HDF5: a file that somebody writes is named as that") {
  const TemporaryFolder folder;
  const auto path = folder / "x.h5";
  {
    ForeignFile(path).add("x", {2}, Floats{1, 2});
  }
  const std::string unwritten = path.string() + ": expected a file that nobody is writing, found one ";
  {
    const hid_t writer = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    REQUIRE(writer >= 0);
    CHECK(message_of<FileError>([&] { Hdf5File{path}; }) == unwritten + "that another process has locked");
    H5Fclose(writer);
  }
  CHECK(Hdf5File(path).read("x") == Floats{1, 2});
  // Whose writer has ended without closing it, in a format that notes so.
  const pid_t id = ::fork();
  if (id == 0) {
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
    const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Fflush(file, H5F_SCOPE_GLOBAL);
    ::_exit(0);
  }
  ::waitpid(id, nullptr, 0);
  CHECK(message_of<FileError>([&] { Hdf5File{path}; }) ==
        unwritten + "marked as open for writing (once nobody is, `h5clear -s` takes the mark away)");
}
