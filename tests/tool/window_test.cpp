// Data that stay in their file (--memory) give what held ones give; a file that is cut short under way ends a
// training with one line.
#include "support.hpp"

#include <isthmus/data/npy.hpp>

#include <chrono>
#include <thread>

#include "support/catch.hpp"

namespace {

/// The same quarters as floats.
void write_as_npy(const Workplace& place, const std::string& from, const std::string& to) {
  const auto samples = isthmus::data::read_idx_samples(place / from);
  std::vector<float> values(samples.count() * samples.sample_size());
  samples.values(0, samples.count(), values.data());
  isthmus::data::write_npy(
      place / to, std::array<std::int64_t, 3>{static_cast<std::int64_t>(samples.count()), 28, 28}, values);
}

}  // namespace

TEST_CASE("training on a file that is not held gives the same weights, of bytes and of floats") {
  const Workplace place;
  place.write_quarters("images", 300);
  write_as_npy(place, "images", "images.npy");
  const std::string held = weights_of(train_dense(place, {"--epochs", "3", "--out", "held"}));
  for (const char* limit : {"0", "1KiB", "100kB"})
    CHECK(weights_of(train_dense(place, {"--epochs", "3", "--out", "bytes", "--memory", limit})) == held);
  CHECK(weights_of(place.run({"train", "dense", "--data", "images.npy", "--batch", "64", "--epochs", "3", "--json",
                              "--out", "floats", "--memory", "0"})) == held);
  for (const char* file : {"autoencoder.safetensors", "encoder.safetensors", "decoder.safetensors",
                           "reconstructions.png", "interpolation.png"}) {
    INFO(file);
    CHECK(place.text("held/" + std::string(file)) == place.text("bytes/" + std::string(file)));
  }
  // Where it was stopped and however its data were read before, a run goes on the same.
  REQUIRE(train_dense(place, {"--epochs", "1", "--out", "resumed"}).status == 0);
  CHECK(weights_of(train_dense(place, {"--epochs", "3", "--out", "resumed", "--resume", "--memory", "0"})) ==
        held);
}

TEST_CASE("every command that reads samples gives the same of a file that is not held") {
  const Workplace place;
  REQUIRE(train_dense(place, {"--epochs", "1", "--out", "run"}).status == 0);
  const std::string whole = "run/autoencoder.safetensors";
  // More than a batch of 256, so that outputs are written in several pieces.
  for (const std::string memory : {"1GB", "0"}) {
    REQUIRE(place.run({"encode", "run/encoder.safetensors", "images", memory + "codes.npy", "--memory", memory})
                .status == 0);
    REQUIRE(
        place.run({"decode", whole, memory + "codes.npy", memory + "decoded.npy", "--memory", memory}).status ==
        0);
    REQUIRE(place.run({"reconstruct", whole, "images", memory + "whole.npy", "--memory", memory}).status == 0);
    REQUIRE(place.run({"latent", whole, "--data", "images", "--out", memory + "latent.png", "--memory", memory})
                .status == 0);
    REQUIRE(place.run({"interpolate", whole, "--data", "images", "--out", memory + "way.png", "--memory", memory})
                .status == 0);
  }
  for (const std::string file : {"codes.npy", "decoded.npy", "whole.npy", "latent.png", "way.png"}) {
    INFO(file);
    CHECK_FALSE(place.text("0" + file).empty());
    CHECK(place.text("0" + file) == place.text("1GB" + file));
  }
  CHECK(place.text("0decoded.npy") == place.text("0whole.npy"));
  CHECK(isthmus::data::read_npy(place / "0whole.npy").shape == std::vector<std::int64_t>{300, 784});
  const auto evaluate = [&](const char* memory) {
    return place.run({"evaluate", whole, "--data", "images", "--json", "--memory", memory}).out;
  };
  CHECK(evaluate("0") == evaluate("1GB"));
}

TEST_CASE("a file that is cut short while a model trains on it ends the training with one line") {
  const Workplace place;
  place.write_quarters("images", 300);
  const auto size = std::filesystem::file_size(place / "images");
  // The file is cut as soon as the first epoch is over; without that the training would not end.
  std::jthread saboteur([&](std::stop_token stop) {
    while (!place.has("run/checkpoint.safetensors") && !stop.stop_requested())
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::filesystem::resize_file(place / "images", 1000);
  });
  const Outcome outcome =
      train_dense(place, {"--epochs", "1000000", "--out", "run", "--memory", "0", "--batch", "16"});
  saboteur.request_stop();
  CHECK(outcome.status == 1);
  CHECK(outcome.out.empty());
  INFO(outcome.err);
  CHECK(outcome.last_line().starts_with("isthmus: images: byte "));
  CHECK(outcome.last_line().ends_with(": expected " + std::to_string(size) +
                                      " bytes in all, as when it was opened, found 1000\n"));
  CHECK(place.has("run/checkpoint.safetensors"));
}

TEST_CASE("a size that is none is bad usage") {
  const Workplace place;
  for (const char* size : {"much", "-5", "", "1XB", "99999999999999999999", "1e3", "0x10"}) {
    const Outcome outcome = place.run({"encode", "model", "in", "out", "--memory", size});
    CHECK(outcome.status == 2);
    CHECK(outcome.says_one_line());
    CHECK(outcome.err.find("--memory: expected a number of bytes, such as 0, 256MB or 1GiB, found '" +
                           std::string(size) + "'") != std::string::npos);
  }
}
