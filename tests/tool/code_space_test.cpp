// The commands that show the code space.
#include "support.hpp"

#include <isthmus/data/npy.hpp>

#include "support/catch.hpp"

namespace {

using isthmus::data::write_idx;

/// A place with a trained model in run/, and labels for its images.
struct Trained : Workplace {
  Trained() {
    const Outcome outcome = train_dense(*this, {"--epochs", "1", "--out", "run"});
    if (outcome.status != 0) throw std::runtime_error(outcome.err);
    write_labels("labels", 300);
  }
  void write_labels(const std::string& name, std::int64_t count) const {
    std::vector<std::uint8_t> labels;
    for (std::int64_t i = 0; i < count; ++i) labels.push_back(static_cast<std::uint8_t>(i % 10));
    write_idx(path() / name, std::array<std::int64_t, 1>{count}, labels);
  }
  /// Labelled images where the tool finds those called `mnist`, given ISTHMUS_DATA.
  void write_mnist() const {
    std::filesystem::create_directory(path() / "mnist");
    for (const auto& [part, count] : {std::pair{"train", 40}, {"t10k", 30}}) {
      write_quarters("mnist/" + std::string(part) + "-images-idx3-ubyte", count);
      write_labels("mnist/" + std::string(part) + "-labels-idx1-ubyte", count);
    }
  }
  bool is_png(const std::string& name) const { return text(name).substr(1, 3) == "PNG"; }
};

}  // namespace

TEST_CASE("latent draws the codes of an encoder's or a whole model's file") {
  const Trained place;
  const Outcome outcome = place.run({"latent", "run/encoder.safetensors", "--data", "images", "--json"});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  const auto json = outcome.json();
  CHECK(json.at("graph").as_string() == "dense");
  CHECK(json.at("samples").as_int64() == 30);
  CHECK(json.at("code_size").as_int64() == 10);
  CHECK(json.at("out").as_string() == "latent.png");
  const auto& explained = json.at("explained").as_array();
  REQUIRE(explained.size() == 2);
  CHECK(explained[0].as_double() >= explained[1].as_double());
  CHECK(explained[0].as_double() + explained[1].as_double() <= 1 + 1e-9);
  CHECK(place.is_png("latent.png"));
  // The same codes give the same picture.
  const Outcome again =
      place.run({"latent", "run/autoencoder.safetensors", "--data", "images", "--out", "again.png"});
  CHECK(again.status == 0);
  CHECK(again.out.find("% of the variance") != std::string::npos);
  CHECK(place.text("again.png") == place.text("latent.png"));
}

TEST_CASE("latent takes labels for all samples of a file, and as many samples as it is told") {
  const Trained place;
  const Outcome outcome = place.run({"latent", "run/encoder.safetensors", "--data", "images", "--labels", "labels",
                                     "--limit", "12", "--out", "labelled.png", "--json"});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK(outcome.json().at("samples").as_int64() == 12);
  CHECK(place.is_png("labelled.png"));
  REQUIRE(place.run({"latent", "run/encoder.safetensors", "--data", "images", "--limit", "12"}).status == 0);
  CHECK(place.text("labelled.png") != place.text("latent.png"));
}

TEST_CASE("latent takes the labels that come with the data") {
  const Trained place;
  place.write_mnist();
  const Variable folder("ISTHMUS_DATA", place.path().string());
  const auto draw = [&](const std::string& labels, const std::string& out) {
    std::vector<std::string> arguments{"latent", "run/encoder.safetensors", "--data", "mnist", "--out", out};
    if (!labels.empty()) arguments.insert(arguments.end(), {"--labels", labels});
    return place.run(arguments);
  };
  REQUIRE(draw("", "own.png").status == 0);
  REQUIRE(draw("mnist/t10k-labels-idx1-ubyte", "given.png").status == 0);
  CHECK(place.text("own.png") == place.text("given.png"));
  // Here the samples are a file of their own.
  check_refused(draw("labels", "none.png"), "labels: expected 30 labels, one per sample of ");
}

TEST_CASE("latent refuses labels that do not fit, and files that are none") {
  const Trained place;
  place.write_labels("few", 30);
  place.write("latent.png", "old");
  const auto draw = [&](const std::string& labels) {
    return place.run({"latent", "run/encoder.safetensors", "--data", "images", "--labels", labels});
  };
  check_refused(draw("few"), "few: expected 300 labels, one per sample of images, found 30");
  check_refused(draw("images"), "images: byte 2: expected labels");
  check_refused(draw("nowhere"), "nowhere: cannot open");
  check_refused(place.run({"latent", "run/decoder.safetensors", "--data", "images"}),
                "expected an encoder or an autoencoder or a checkpoint, found a decoder");
  check_refused(place.run({"latent", "run/encoder.safetensors", "--data", "labels"}), "labels: ");
  check_refused(place.run({"latent", "run/encoder.safetensors", "--data", "images", "--out", "none/latent.png"}),
                "none/latent.png: cannot create");
  CHECK(place.text("latent.png") == "old");
  const TemporaryFolder empty;
  const Variable command_path("PATH", empty.path().string());
  check_refused(place.run({"latent", "run/encoder.safetensors", "--data", "images"}), "gnuplot: not found");
  CHECK(place.text("latent.png") == "old");
}

TEST_CASE("sample draws the images of random codes, the same for the same seed") {
  const Trained place;
  const Outcome outcome = place.run({"sample", "run/decoder.safetensors", "--count", "10", "--json"});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  const auto json = outcome.json();
  CHECK(json.at("graph").as_string() == "dense");
  CHECK(json.at("count").as_int64() == 10);
  CHECK(json.at("seed").as_int64() == 1);
  CHECK(json.at("code_size").as_int64() == 10);
  CHECK(json.at("out").as_string() == "samples.png");
  CHECK(place.is_png("samples.png"));
  const auto draw = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments{"sample",   "run/autoencoder.safetensors", "--count", "10", "--out",
                                       "other.png"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    REQUIRE(place.run(arguments).status == 0);
    return place.text("other.png");
  };
  CHECK(draw({}) == place.text("samples.png"));
  CHECK(draw({"--shape", "28x28"}) == place.text("samples.png"));
  CHECK(draw({"--shape", "14x56x1"}) != place.text("samples.png"));
  CHECK(draw({"--seed", "2"}) != place.text("samples.png"));
}

TEST_CASE("sample refuses what cannot be drawn") {
  const Trained place;
  place.write("samples.png", "old");
  check_refused(place.run({"sample", "run/decoder.safetensors", "--manifold"}),
                "run/decoder.safetensors: expected a code of 2 values, as --manifold needs it, found 10");
  check_refused(place.run({"sample", "run/decoder.safetensors", "--shape", "20x20"}),
                "run/decoder.safetensors: expected outputs of 400 values, as --shape 20x20 has them, found 784");
  check_refused(place.run({"sample", "run/encoder.safetensors"}),
                "expected a decoder or an autoencoder or a checkpoint, found an encoder");
  check_refused(place.run({"sample", "run/decoder.safetensors", "--out", "none/samples.png"}),
                "none/samples.png: cannot create");
  CHECK(place.text("samples.png") == "old");
  CHECK_FALSE(place.has("manifold.png"));
}

TEST_CASE("interpolate draws the way between two validation samples") {
  const Trained place;
  const Outcome outcome = place.run({"interpolate", "run/autoencoder.safetensors", "--data", "images", "--json"});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  const auto json = outcome.json();
  CHECK(json.at("from").as_int64() == 0);
  CHECK(json.at("to").as_int64() == 1);
  CHECK(json.at("steps").as_int64() == 10);
  // It equals the picture that training has drawn of the same samples.
  CHECK(place.text("interpolation.png") == place.text("run/interpolation.png"));
  const Outcome other = place.run({"interpolate", "run/autoencoder.safetensors", "--data", "images", "--from",
                                   "29", "--to", "3", "--steps", "4", "--out", "other.png"});
  CHECK(other.status == 0);
  CHECK(place.is_png("other.png"));
}

TEST_CASE("interpolate refuses samples that are not there, and halves of a model") {
  const Trained place;
  const auto draw = [&](const std::string& file, std::vector<std::string> more) {
    std::vector<std::string> arguments{"interpolate", file, "--data", "images"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return place.run(arguments);
  };
  const std::string whole = "run/autoencoder.safetensors";
  check_refused(draw(whole, {"--to", "30"}),
                "images: expected --from and --to in 0 to 29, its validation part, found 30");
  check_refused(draw(whole, {"--from", "1000"}), "found 1000");
  check_refused(draw("run/encoder.safetensors", {}), "expected an autoencoder or a checkpoint, found an encoder");
  const std::vector<float> values(20 * 784, 0.5f);
  isthmus::data::write_npy(place / "blocks.npy", std::array<std::int64_t, 4>{20, 7, 7, 16}, values);
  check_refused(place.run({"interpolate", whole, "--data", "blocks.npy"}),
                "blocks.npy: expected images, found samples of shape [7, 7, 16]");
  CHECK_FALSE(place.has("interpolation.png"));
}

TEST_CASE("train draws the codes of labelled data, and says which pictures it leaves out") {
  const Trained place;
  place.write_mnist();
  const auto train_on = [&](const std::string& data, const std::string& out) {
    return place.run({"train", "dense", "--data", data, "--epochs", "1", "--batch", "64", "--out", out});
  };
  {
    const Variable folder("ISTHMUS_DATA", place.path().string());
    REQUIRE(train_on("mnist", "labelled").status == 0);
    REQUIRE(place.run({"latent", "labelled/encoder.safetensors", "--data", "mnist"}).status == 0);
  }
  CHECK(place.text("labelled/latent.png") == place.text("latent.png"));
  CHECK(place.text("labelled/report.html").find("the codes of test images, by label") != std::string::npos);
  // The labels stand above the images.
  for (const char* picture : {"/reconstructions.png", "/interpolation.png"}) {
    const auto [width, height] = size_of_png(place.text(std::string("labelled") + picture));
    const auto [plain_width, plain_height] = size_of_png(place.text(std::string("run") + picture));
    CHECK(width == plain_width);
    CHECK(height > plain_height);
  }
  CHECK_FALSE(place.has("labelled/manifold.png"));  // the code has ten values

  // Blocks that nobody would draw, and a single validation sample.
  std::vector<float> values;
  for (int i = 0; i < 12 * 784; ++i) values.push_back(static_cast<float>(i % 101) / 100);
  isthmus::data::write_npy(place / "blocks.npy", std::array<std::int64_t, 4>{12, 7, 7, 16}, values);
  const Outcome outcome = train_on("blocks.npy", "blocks");
  INFO(outcome.err);
  CHECK(outcome.status == 0);
  for (const char* picture : {"blocks/reconstructions.png", "blocks/interpolation.png"}) {
    CHECK_FALSE(place.has(picture));
    CHECK(outcome.err.find(std::string("isthmus: ") + picture + " is not drawn: blocks.npy: expected images") !=
          std::string::npos);
  }
  isthmus::data::write_npy(place / "few.npy", std::array<std::int64_t, 2>{12, 784}, values);
  const Outcome few = train_on("few.npy", "few");
  CHECK(few.status == 0);
  CHECK(place.has("few/reconstructions.png"));
  CHECK(few.err.find("few/interpolation.png is not drawn: ") != std::string::npos);
}
