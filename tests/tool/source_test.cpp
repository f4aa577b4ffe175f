// Inputs of the command: bytes as pixels or as numbers, shapes that fit, sets of no samples, files under any
// name, and files that are something else.
#include "support.hpp"

#include <isthmus/data/npy.hpp>
#ifdef ISTHMUS_HAS_HDF5
#include <isthmus/interchange/hdf5.hpp>
#endif

#include "data/gzip.hpp"
#include "data/npy.hpp"
#include "data/zip.hpp"
#include "support/catch.hpp"

using namespace isthmus;

namespace {

using Shape = std::vector<std::int64_t>;

/// A place with a model in run/ that has been trained for a moment.
void train(const Workplace& place, const std::string& graph) {
  place.write_quarters("images", 40);
  const Outcome outcome =
      place.run({"train", graph, "--data", "images", "--epochs", "1", "--batch", "18", "--out", "run"});
  if (outcome.status != 0) throw std::runtime_error(outcome.err);
}

const std::string whole = "run/autoencoder.safetensors";

/// 40 samples of 784 bytes each.
std::string pixels_of(const Workplace& place) { return place.text("images").substr(16); }

std::string codes_of_bytes() {
  std::string codes;
  for (int i = 0; i < 60; ++i) codes.push_back(static_cast<char>(i * 37 % 256));
  return codes;
}

std::string as_doubles(const std::string& bytes) {
  std::string doubles;
  for (const char byte : bytes) {
    const double number = static_cast<unsigned char>(byte);
    doubles.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  return doubles;
}

}  // namespace

TEST_CASE("codes of bytes are numbers, in every format, held and read from the file") {
  const Workplace place;
  train(place, "dense");
  const std::string codes = codes_of_bytes();
  place.write("doubles.npy", npy("<f8", "(6, 10)", as_doubles(codes)));
  place.write("bytes.npy", npy("|u1", "(6, 10)", codes));
  place.write("bytes.npz", zip({{"c.npy", npy("|u1", "(6, 10)", codes), 8}}));
  place.write("bytes.idx", std::string{"\0\0\x08\2\0\0\0\6\0\0\0\x0a", 12} + codes);
  std::vector<std::string> sources{"bytes.npy", "bytes.npz:c", "bytes.idx"};
#ifdef ISTHMUS_HAS_HDF5
  const std::vector<std::uint8_t> bytes(codes.begin(), codes.end());
  interchange::write_hdf5(place / "bytes.h5", std::array{interchange::Hdf5Data{"/c", {6, 10}, bytes}});
  sources.emplace_back("bytes.h5:c");
#endif
  REQUIRE(place.run({"decode", whole, "doubles.npy", "expected.npy"}).status == 0);
  for (const std::string& source : sources)
    for (const char* memory : {"1GB", "0"}) {
      INFO(source << ", " << memory);
      REQUIRE(place.run({"decode", whole, source, "decoded.npy", "--memory", memory}).status == 0);
      CHECK(place.text("decoded.npy") == place.text("expected.npy"));
    }
}

TEST_CASE("bytes that go into a model are pixels for every command, other integers and booleans are not") {
  const Workplace place;
  train(place, "dense");
  const std::string pixels = pixels_of(place);
  std::vector<float> fractions;
  for (const char pixel : pixels)
    fractions.push_back(static_cast<float>(static_cast<unsigned char>(pixel)) / 255.0f);
  data::write_npy(place / "fractions.npy", Shape{40, 28, 28}, fractions);
  place.write("pixels.npy", npy("|u1", "(40, 784)", pixels));
  const std::vector<std::vector<std::string>> commands{{"encode", whole, "IN", "out"},
                                                       {"reconstruct", whole, "IN", "out"},
                                                       {"evaluate", whole, "--data", "IN"},
                                                       {"latent", whole, "--data", "IN", "--out", "out"},
                                                       {"interpolate", whole, "--data", "IN", "--out", "out"}};
  const auto result = [&](std::vector<std::string> command, const std::string& source) {
    std::replace(command.begin(), command.end(), std::string("IN"), source);
    const Outcome outcome = place.run(command);
    INFO(command[0] << " " << source << ": " << outcome.err);
    CHECK(outcome.status == 0);
    if (command[0] != "evaluate") return place.text("out");
    // All but the line that names the source.
    const std::size_t line = outcome.out.find("validation data");
    return outcome.out.substr(0, line) + outcome.out.substr(outcome.out.find("loss", line));
  };
  for (std::vector<std::string> command : commands) {
    // The title of a picture names its source.
    if (command[0] == "latent") continue;
    CHECK(result(command, "pixels.npy") == result(command, "fractions.npy"));
  }
  std::string shorts;
  for (const char pixel : pixels) shorts += {pixel, '\0'};
  place.write("shorts.npy", npy("<u2", "(40, 784)", shorts));
  place.write("doubles.npy", npy("<f8", "(40, 784)", as_doubles(pixels)));
  CHECK(result(commands[0], "shorts.npy") == result(commands[0], "doubles.npy"));
  CHECK(result(commands[0], "shorts.npy") != result(commands[0], "pixels.npy"));
}

TEST_CASE("samples of as many values but another shape are refused by every command, in every format") {
  const Workplace place;
  train(place, "denoising");
  const std::string pixels = pixels_of(place), doubles = as_doubles(pixels);
  place.write("bad.npy", npy("<f8", "(40, 14, 56)", doubles));
  place.write("bad.npz", zip({{"x.npy", npy("|u1", "(40, 14, 56)", pixels)}}));
  place.write("bad.idx", std::string{"\0\0\x08\3\0\0\0\x28\0\0\0\x0e\0\0\0\x38", 16} + pixels);
  std::vector<std::string> sources{"bad.npy", "bad.npz:x", "bad.idx"};
#ifdef ISTHMUS_HAS_HDF5
  const std::vector<std::uint8_t> bytes(pixels.begin(), pixels.end());
  interchange::write_hdf5(place / "bad.h5", std::array{interchange::Hdf5Data{"/x", {40, 14, 56}, bytes}});
  sources.emplace_back("bad.h5:x");
#endif
  const std::string encoder =
      "expected samples of shape [28, 28, 1], which the encoder of graph denoising takes, found ";
  const std::string graph = "expected samples of shape [28, 28, 1], which graph denoising takes, found ";
  for (const std::string& source : sources) {
    check_refused(place.run({"encode", whole, source, "out.npy"}), source + ": " + encoder + "[14, 56]");
    check_refused(place.run({"reconstruct", whole, source, "out.npy"}),
                  "which the autoencoder of graph denoising takes, found [14, 56]");
    check_refused(place.run({"evaluate", whole, "--data", source}), graph + "[14, 56]");
    check_refused(place.run({"train", "denoising", "--data", source, "--out", "new"}), graph + "[14, 56]");
    check_refused(place.run({"latent", whole, "--data", source, "--out", "out.png"}), encoder + "[14, 56]");
    check_refused(place.run({"interpolate", whole, "--data", source, "--out", "out.png"}), graph + "[14, 56]");
  }
  // Also where a column is missing or the channels come first.
  place.write("first.npy", npy("|u1", "(10, 4, 28, 28)", pixels));
  check_refused(place.run({"encode", whole, "first.npy", "out.npy"}), encoder + "[4, 28, 28]");

  // Shapes that fit: the shape itself, a plain row, and dimensions of 1 anywhere.
  place.write("fits.npy", npy("|u1", "(40, 28, 28)", pixels));
  REQUIRE(place.run({"encode", whole, "fits.npy", "codes.npy"}).status == 0);
  for (const char* shape : {"(40, 28, 28, 1)", "(40, 1, 28, 28)", "(40, 784)", "(40, 784, 1)", "(40, 1, 784)"}) {
    INFO(shape);
    place.write("fits.npy", npy("|u1", shape, pixels));
    REQUIRE(place.run({"encode", whole, "fits.npy", "again.npy"}).status == 0);
    CHECK(place.text("again.npy") == place.text("codes.npy"));
  }

  // Codes are as strict, and may be rows as well.
  const data::NpyArray codes = data::read_npy(place / "codes.npy");
  REQUIRE(codes.shape == Shape{40, 7, 7, 128});
  data::write_npy(place / "bad.npy", Shape{40, 128, 7, 7}, codes.values);
  check_refused(
      place.run({"decode", whole, "bad.npy", "out.npy"}),
      "bad.npy: expected samples of shape [7, 7, 128], which the decoder of graph denoising takes, found "
      "[128, 7, 7]");
  data::write_npy(place / "rows.npy", Shape{40, 7 * 7 * 128}, codes.values);
  REQUIRE(place.run({"decode", whole, "codes.npy", "a.npy"}).status == 0);
  REQUIRE(place.run({"decode", whole, "rows.npy", "b.npy"}).status == 0);
  CHECK(place.text("a.npy") == place.text("b.npy"));
  for (const char* file : {"out.npy", "out.png", "new"}) CHECK_FALSE(place.has(file));
}

TEST_CASE("of no samples an array of none is made, and what needs some says so") {
  const Workplace place;
  train(place, "variational");
  const std::string none = std::string{"\0\0\x08\3\0\0\0\0\0\0\0\x1c\0\0\0\x1c", 16};
  place.write("none.idx", none);
  place.write("none.npy", npy("<f4", "(0, 784)", ""));
  place.write("none.npz", zip({{"x.npy", npy("|u1", "(0, 784)", "")}}));
  std::vector<std::string> sources{"none.idx", "none.npy", "none.npz:x"};
#ifdef ISTHMUS_HAS_HDF5
  interchange::write_hdf5(place / "none.h5",
                          std::array{interchange::Hdf5Data{"/x", {0, 784}, std::span<const float>()}});
  sources.emplace_back("none.h5:x");
#endif
  for (const std::string& source : sources)
    for (const char* memory : {"1GB", "0"}) {
      INFO(source << ", " << memory);
      const Outcome outcome =
          place.run({"encode", whole, source, "codes.npy", "--also", "log_var=log_var.npy", "--memory", memory});
      CHECK(outcome.status == 0);
      CHECK(outcome.out == "codes.npy: 0 samples of 20 values\nlog_var.npy: 0 samples of 20 values\n");
      CHECK(data::read_npy(place / "codes.npy").shape == Shape{0, 20});
      CHECK(data::read_npy(place / "log_var.npy").shape == Shape{0, 20});
      REQUIRE(place.run({"decode", whole, "codes.npy", "decoded.npy", "--memory", memory}).status == 0);
      CHECK(data::read_npy(place / "decoded.npy").shape == Shape{0, 784});
      REQUIRE(place.run({"reconstruct", whole, source, "whole.npy", "--memory", memory}).status == 0);
      CHECK(data::read_npy(place / "whole.npy").shape == Shape{0, 784});
      const std::string expected =
          source + ": expected at least 2 samples, to train on and to validate with, found 0";
      check_refused(place.run({"evaluate", whole, "--data", source, "--memory", memory}), expected);
      check_refused(place.run({"train", "dense", "--data", source, "--out", "new", "--memory", memory}), expected);
      check_refused(place.run({"latent", whole, "--data", source, "--memory", memory}), expected);
      check_refused(place.run({"interpolate", whole, "--data", source, "--memory", memory}), expected);
    }
  CHECK_FALSE(place.has("new"));
}

TEST_CASE("a file is read for what it is, whatever it is called") {
  const Workplace place;
  train(place, "dense");
  const std::string images = place.text("images"), array = npy("|u1", "(40, 28, 28)", pixels_of(place));
  const std::string archive = zip({{"x_train.npy", array, 8}, {"y_train.npy", npy("<i8", "(0,)", "")}});
  std::vector<std::pair<std::string, std::string>> files{
      {"A.NPY", array}, {"a", array},      {"a.idx", array}, {"A.GZ", gzip(array)},
      {"a.npz", array}, {"b.npy", images}, {"B.GZ", images}, {"b", gzip(images)}};
  REQUIRE(place.run({"encode", whole, "images", "expected.npy"}).status == 0);
  const auto check = [&](const std::string& source) {
    INFO(source);
    REQUIRE(place.run({"encode", whole, source, "codes.npy"}).status == 0);
    CHECK(place.text("codes.npy") == place.text("expected.npy"));
  };
  for (const auto& [name, bytes] : files) {
    place.write(name, bytes);
    check(name);
  }
  for (const char* name : {"C.NPZ", "c", "c.npy", "c:d"}) {
    place.write(name, archive);
    check(std::string(name) + ":x_train");
    check_refused(place.run({"encode", whole, name, "out.npy"}),
                  std::string(name) + ": expected FILE:NAME with one of x_train, y_train, found no name");
  }
#ifdef ISTHMUS_HAS_HDF5
  const std::string pixels = pixels_of(place);
  const std::vector<std::uint8_t> bytes(pixels.begin(), pixels.end());
  for (const char* name : {"D.H5", "d.nc", "d.HE5", "d"}) {
    interchange::write_hdf5(place / name, std::array{interchange::Hdf5Data{"/x", {40, 28, 28}, bytes}});
    check(std::string(name) + ":x");
  }
#endif
}

TEST_CASE("what is not readable is named, with the line that converts it, by every command") {
  const Workplace place;
  train(place, "dense");
  place.write("x.npy", {"\x89PNG\r\n\x1a\n\0\0\0\x0d", 12});
  place.write("x.csv", "1.5,2\n3,4\n");
  place.write("x.pth", zip({{"archive/data.pkl", "x"}}));
  std::filesystem::create_directory(place / "x.zarr");
  place.write("x.zarr/.zarray", "{}");
  place.write("x.f32", std::string(16, '\0'));
  for (const auto& [file, found] :
       {std::pair{"x.npy", "found a PNG image; convert it: numpy.save('x.npy', numpy.stack("},
        {"x.csv", "found text, such as CSV; convert it: numpy.save('x.npy', numpy.loadtxt(FILE, delimiter=','"},
        {"x.pth", "found a file of torch.save; convert it: numpy.save('x.npy', torch.load(FILE"},
        {"x.zarr", "found a Zarr folder; convert it: numpy.save('x.npy', zarr.open"},
        {"x.f32",
         "found data of an unknown format (it begins 00 00 00 00 00 00 00 00); convert it: "
         "numpy.save('x.npy', numpy.fromfile(FILE"}})
    for (const std::vector<std::string>& command : {std::vector<std::string>{"encode", whole, file, "out.npy"},
                                                    {"decode", whole, file, "out.npy"},
                                                    {"train", "dense", "--data", file, "--out", "new"},
                                                    {"evaluate", whole, "--data", file},
                                                    {"latent", whole, "--data", "images", "--labels", file}}) {
      const Outcome outcome = place.run(command);
      check_refused(outcome, std::string(file) + ": expected an IDX, .npy");
      check_refused(outcome, found);
    }
  CHECK_FALSE(place.has("out.npy"));
  CHECK_FALSE(place.has("new"));
}
