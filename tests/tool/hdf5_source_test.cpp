// Data sets of HDF5 files as the command's sources.
#include "support.hpp"

#ifdef ISTHMUS_HAS_HDF5
#include <isthmus/data/idx.hpp>
#include <isthmus/data/npy.hpp>
#include <isthmus/interchange/hdf5.hpp>
#endif

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
  CHECK(wrong.err == "isthmus: all.h5: data set 'halves', position 1: expected a label from 0 to 255, found 0.5\n");
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
        "isthmus: none.h5:bytes: expected mnist, fashion-mnist, or the path of an IDX, .npy, .npz or HDF5 file, "
        "found "
        "no such file\n");
  CHECK_FALSE(place.has("out"));
}

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
