// Data sets of HDF5 files as the command's sources.
#include "support.hpp"

#ifdef ISTHMUS_HAS_NETCDF
#include <netcdf.h>
#endif
#ifdef ISTHMUS_HAS_HDF5
#include <isthmus/data/idx.hpp>
#include <isthmus/data/npy.hpp>
#include <isthmus/interchange/hdf5.hpp>
#endif

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "support/catch.hpp"

using namespace isthmus;

#ifdef ISTHMUS_HAS_HDF5

namespace {

/// The images of the file `images`, as bytes and as floats, with labels, some of which are none.
void write_sources(const Workplace& place) {
  place.write_quarters("images", 120);
  const data::IdxArray images = data::read_idx(place / "images");
  const auto& bytes = std::get<std::vector<std::uint8_t>>(images.values);
  std::vector<float> floats, labels(120, 3.0f);
  for (const std::uint8_t byte : bytes) floats.push_back(static_cast<float>(byte) / 255.0f);
  const std::vector<float> halves{1.0f, 0.5f};
  using interchange::Hdf5Data;
  interchange::write_hdf5(
      place / "all.h5",
      std::array{Hdf5Data{"/bytes", {120, 28, 28}, bytes}, Hdf5Data{"/a/floats", {120, 784}, floats},
                 Hdf5Data{"/labels", {120}, labels}, Hdf5Data{"/halves", {2}, halves}});
}

}  // namespace

TEST_CASE("an HDF5 data set is a source like the file that holds the same") {
  const Workplace place;
  write_sources(place);
  const auto sum = [&](const std::string& source) {
    return weights_of(place.run({"train", "dense", "--data", source, "--batch", "64", "--json"}));
  };
  const std::string from_idx = sum("images");
  CHECK(sum("all.h5:bytes") == from_idx);
  CHECK(sum("all.h5:/a/floats") == from_idx);

  const std::string model = "out/dense/autoencoder.safetensors";
  REQUIRE(place.run({"encode", model, "images", "a.npy"}).status == 0);
  REQUIRE(place.run({"encode", model, "all.h5:bytes", "b.npy"}).status == 0);
  CHECK(place.text("a.npy") == place.text("b.npy"));
  const Outcome of_idx = place.run({"evaluate", model, "--data", "images", "--json"});
  const Outcome of_hdf5 = place.run({"evaluate", model, "--data", "all.h5:bytes", "--json"});
  REQUIRE(of_idx.status == 0);
  CHECK(of_hdf5.json().at("loss") == of_idx.json().at("loss"));
  CHECK(place.run({"latent", model, "--data", "all.h5:bytes", "--labels", "all.h5:labels"}).status == 0);
  const Outcome wrong = place.run({"latent", model, "--data", "all.h5:bytes", "--labels", "all.h5:halves"});
  CHECK(wrong.status == 1);
  CHECK(wrong.err ==
        "isthmus: all.h5: data set 'halves', position 1: expected a label from 0 to 255, found 0.5\n");
}

TEST_CASE("a data set that is no source is refused with one line") {
  const Workplace place;
  write_sources(place);
  const auto complaint = [&](const std::string& source) {
    const Outcome outcome = place.run({"train", "dense", "--data", source});
    CHECK(outcome.status == 1);
    CHECK(outcome.says_one_line());
    return outcome.err;
  };
  CHECK(complaint("all.h5") ==
        "isthmus: all.h5: data set '': expected a data set of this name, found none; there are /a/floats, /bytes, "
        "/halves, /labels\n");
  CHECK(complaint("all.h5:labels") ==
        "isthmus: all.h5: data set 'labels': expected samples, so at least 2 dimensions, none but the first of "
        "them 0, "
        "found shape [120]\n");
  CHECK(complaint("none.h5:bytes") ==
        "isthmus: none.h5:bytes: expected mnist, fashion-mnist, or the path of an IDX, .npy, .npz, HDF5 or NetCDF "
        "file, found no such file\n");
  CHECK_FALSE(place.has("out"));
}

TEST_CASE("an HDF5 file is one whatever it is called, and its only data set needs no name") {
  const Workplace place;
  write_sources(place);
  REQUIRE(train_dense(place, {}).status == 0);
  const std::string model = "out/dense/autoencoder.safetensors";
  REQUIRE(place.run({"encode", model, "images", "expected.npy"}).status == 0);
  const std::vector<float> bright(2 * 784, 1.0f);
  const interchange::Hdf5Data one{"/deep/x", {2, 784}, bright}, labels{"/labels", {2}, std::span(bright).first(2)};
  interchange::write_hdf5(place / "one", std::array{one, labels});
  CHECK(place.run({"encode", model, "one", "one.npy"}).status == 0);
  CHECK(place.run({"encode", model, "one:deep/x", "named.npy"}).status == 0);
  CHECK(place.text("one.npy") == place.text("named.npy"));
  std::filesystem::rename(place / "all.h5", place / "DATA.HE5");
  CHECK(place.run({"encode", model, "DATA.HE5:bytes", "a.npy"}).status == 0);
  std::filesystem::rename(place / "DATA.HE5", place / "all:of.it");
  CHECK(place.run({"encode", model, "all:of.it:bytes", "b.npy"}).status == 0);
  CHECK(place.text("a.npy") == place.text("expected.npy"));
  CHECK(place.text("b.npy") == place.text("expected.npy"));
}

TEST_CASE(
    "packed numbers are unpacked, and a missing value is refused with its place or becomes what --fill says") {
  const Workplace place;
  place.write_quarters("images", 120);
  auto bytes = std::get<std::vector<std::uint8_t>>(data::read_idx(place / "images").values);
  REQUIRE(train_dense(place, {}).status == 0);
  const std::string model = "out/dense/autoencoder.safetensors";
  bytes[784 * 119 + 5] = 0;
  data::write_idx(place / "zero", std::array<std::int64_t, 3>{120, 28, 28}, bytes);
  REQUIRE(place.run({"encode", model, "zero", "expected.npy"}).status == 0);
  // The same as x = -(b - 255) / 255: where it was 0 is 255, and that is missing in one place, where it is 254.
  std::vector<std::uint8_t> packed(bytes);
  for (std::uint8_t& byte : packed) byte = static_cast<std::uint8_t>(255 - byte);
  packed[784 * 119 + 5] = 1;
  using interchange::Hdf5Attribute;
  const std::array attributes{Hdf5Attribute{"/x", "scale_factor", -1 / 255.0},
                              Hdf5Attribute{"/x", "add_offset", 1.0},
                              Hdf5Attribute{"/x", "missing_value", std::int64_t{1}}};
  interchange::write_hdf5(place / "p.nc", std::array{interchange::Hdf5Data{"/x", {120, 28, 28}, packed}},
                          attributes);

  const std::string refused =
      "isthmus: p.nc:x: sample 119, position 5: expected a finite number, found nan, a missing value (--fill says "
      "what "
      "becomes of it)\n";
  for (const std::vector<std::string>& memory : {std::vector<std::string>{}, {"--memory", "0"}}) {
    const auto with = [&](std::vector<std::string> command, bool fill) {
      command.insert(command.end(), memory.begin(), memory.end());
      if (fill) command.insert(command.end(), {"--fill", "0"});
      return place.run(command);
    };
    for (const std::vector<std::string>& command :
         {std::vector<std::string>{"encode", model, "p.nc:x", "o.npy"},
          {"reconstruct", model, "p.nc:x", "o.npy"},
          {"evaluate", model, "--data", "p.nc:x"},
          {"latent", model, "--data", "p.nc:x", "--out", "o.png"},
          {"interpolate", model, "--data", "p.nc:x", "--out", "o.png"},
          {"train", "dense", "--data", "p.nc:x", "--batch", "64", "--epochs", "1", "--out", "again"}}) {
      INFO(command[0]);
      const Outcome outcome = with(command, false);
      CHECK(outcome.status == 1);
      CHECK(outcome.err == refused);
      CHECK(with(command, true).status == 0);
    }
    REQUIRE(with({"encode", model, "p.nc:x", "o.npy"}, true).status == 0);
    const auto found = data::read_npy(place / "o.npy"), expected = data::read_npy(place / "expected.npy");
    REQUIRE(found.values.size() == expected.values.size());
    float furthest = 0;
    for (std::size_t i = 0; i < found.values.size(); ++i)
      furthest = std::max(furthest, std::abs(found.values[i] - expected.values[i]));
    CHECK(furthest < 1e-5f);
  }
}

TEST_CASE("a value is given by --fill to NaN in every kind of file") {
  const Workplace place;
  REQUIRE(train_dense(place, {}).status == 0);
  const std::string model = "out/dense/autoencoder.safetensors", decoder = "out/dense/decoder.safetensors";
  std::vector<float> values(3 * 784, 0.5f), codes(3 * 10, 0.25f);
  const auto write = [&](const char* name) {
    data::write_npy(place / (std::string(name) + ".npy"), std::array<std::int64_t, 2>{3, 784}, values);
    data::write_idx(place / (std::string(name) + ".idx"), std::array<std::int64_t, 2>{3, 784}, values);
    interchange::write_hdf5(place / (std::string(name) + ".h5"),
                            std::array{interchange::Hdf5Data{"/x", {3, 784}, values}});
    data::write_npy(place / (std::string(name) + ".codes"), std::array<std::int64_t, 2>{3, 10}, codes);
  };
  write("whole");
  values[700] = codes[7] = std::numeric_limits<float>::quiet_NaN();
  write("torn");
  REQUIRE(place.run({"encode", model, "whole.npy", "expected.npy"}).status == 0);
  for (const std::string kind : {".npy", ".idx", ".h5"})
    for (const char* memory : {"0", "1GB"}) {
      check_refused(place.run({"encode", model, "torn" + kind, "o.npy", "--memory", memory}),
                    "sample 0, position 700: expected a finite number, found nan, a missing value");
      CHECK(place.run({"encode", model, "torn" + kind, "o.npy", "--memory", memory, "--fill", "5e-1"}).status ==
            0);
      CHECK(place.text("o.npy") == place.text("expected.npy"));
    }
  check_refused(place.run({"decode", decoder, "torn.codes", "o.npy"}), "sample 0, position 7");
  REQUIRE(place.run({"decode", decoder, "whole.codes", "a.npy"}).status == 0);
  REQUIRE(place.run({"decode", decoder, "torn.codes", "b.npy", "--fill", "0.25"}).status == 0);
  CHECK(place.text("a.npy") == place.text("b.npy"));
  for (const char* bad : {"nan", "inf", "1e50", "1e-60", "x", "", "0.5x"}) {
    const Outcome outcome = place.run({"encode", model, "torn.npy", "o.npy", "--fill", bad});
    CHECK(outcome.status == 2);
    CHECK(outcome.err.find("--fill") != std::string::npos);
  }
}

#ifdef ISTHMUS_HAS_NETCDF

TEST_CASE("a file in NetCDF's classic format is a source, whatever it is called") {
  const Workplace place;
  REQUIRE(train_dense(place, {}).status == 0);
  const std::string model = "out/dense/autoencoder.safetensors";
  std::vector<float> values(20 * 784, 280.0f);
  int file = 0, dimensions[2] = {}, variable = 0;
  REQUIRE(nc_create((place / "climate.HDF").c_str(), NC_CLOBBER, &file) == NC_NOERR);
  nc_def_dim(file, "t", NC_UNLIMITED, &dimensions[0]);
  nc_def_dim(file, "p", 784, &dimensions[1]);
  nc_def_var(file, "x", NC_SHORT, 2, dimensions, &variable);
  const double scale = 0.01, offset = 273.15;
  const short fill = -32768;
  nc_put_att_double(file, variable, "scale_factor", NC_DOUBLE, 1, &scale);
  nc_put_att_double(file, variable, "add_offset", NC_DOUBLE, 1, &offset);
  nc_put_att_short(file, variable, "_FillValue", NC_SHORT, 1, &fill);
  nc_enddef(file);
  std::vector<short> stored(values.size(), 685);
  stored[784 * 7 + 3] = fill;
  const std::size_t start[] = {0, 0}, count[] = {20, 784};
  REQUIRE(nc_put_vara_short(file, variable, start, count, stored.data()) == NC_NOERR);
  REQUIRE(nc_close(file) == NC_NOERR);
  data::write_npy(place / "expected", std::array<std::int64_t, 2>{20, 784}, values);
  REQUIRE(place.run({"encode", model, "expected", "a.npy"}).status == 0);
  for (const char* source : {"climate.HDF", "climate.HDF:x"}) {
    check_refused(place.run({"encode", model, source, "b.npy"}),
                  "x: sample 7, position 3: expected a finite number, "
                  "found nan, a missing value");
    for (const char* memory : {"0", "1GB"}) {
      REQUIRE(place.run({"encode", model, source, "b.npy", "--fill", "280", "--memory", memory}).status == 0);
      CHECK(place.text("a.npy") == place.text("b.npy"));
    }
  }
  check_refused(place.run({"encode", model, "climate.HDF:y", "b.npy"}),
                "data set 'y': expected a data set of this name, found none; there are /x");
}

#endif

TEST_CASE("an HDF5 file that crashes the library HDF5 is refused with one line") {
  const Workplace place;
  std::filesystem::copy_file(std::filesystem::path(ISTHMUS_FUZZ) / "faults/hdf5/crash_division",
                             place / "damaged.h5");
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"train", "dense", "--data", "damaged.h5:/x"},
        {"import", "dense", "damaged.h5", "model.safetensors", "--layout", "keras"}}) {
    const Outcome outcome = place.run(command);
    CHECK(outcome.status == 1);
    CHECK(outcome.says_one_line());
    CHECK(outcome.err.starts_with("isthmus: damaged.h5: "));
  }
  CHECK_FALSE(place.has("out"));
  CHECK_FALSE(place.has("model.safetensors"));
}

#else

TEST_CASE("a tool without HDF5 says so") {
  const Workplace place;
  place.write("all.h5", "\x89HDF\r\n\x1a\n");
  const Outcome outcome = place.run({"train", "dense", "--data", "all.h5:bytes"});
  CHECK(outcome.status == 1);
  CHECK(outcome.err ==
        "isthmus: all.h5: expected an IDX, .npy or .npz file, found HDF5, which this tool was built without\n");
}

#endif
