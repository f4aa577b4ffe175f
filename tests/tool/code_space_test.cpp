// The commands that show the code space.
#include "support.hpp"

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
  bool is_png(const std::string& name) const { return text(name).substr(1, 3) == "PNG"; }
};

void check_refused(const Outcome& outcome, const std::string& expected) {
  INFO(outcome.err);
  CHECK(outcome.status == 1);
  CHECK(outcome.says_one_line());
  CHECK(outcome.out.empty());
  CHECK(outcome.err.find(expected) != std::string::npos);
}

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
  std::filesystem::create_directory(place / "mnist");
  for (const auto& [part, count] : {std::pair{"train", 40}, {"t10k", 30}}) {
    place.write_quarters("mnist/" + std::string(part) + "-images-idx3-ubyte", count);
    place.write_labels("mnist/" + std::string(part) + "-labels-idx1-ubyte", count);
  }
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
