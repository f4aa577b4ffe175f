// Numbers that are none, or hardly: each has a stated outcome. NaN and infinity are refused where they enter, in
// data and in weights; everything finite is computed, denormals as zeros; a training that diverges ends with exit
// code 1 and keeps the last good checkpoint; samples that are all the same are learned like any others, but those
// that differ by so little that no output does are an error.
#include "support.hpp"

#include <isthmus/data/npy.hpp>
#include <isthmus/interchange/safetensors.hpp>

#include <cmath>
#include <limits>

#include "support/catch.hpp"

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

/// 40 samples for `dense`, all of `value` at first.
std::vector<float> samples_of(float value) { return std::vector<float>(40 * 784, value); }

void write_samples(const Workplace& place, const std::string& name, const std::vector<float>& values) {
  isthmus::data::write_npy(place / name, std::array<std::int64_t, 2>{40, 784}, values);
}

Outcome train_on(const Workplace& place, const std::string& data, const std::string& out) {
  return place.run({"train", "dense", "--data", data, "--epochs", "3", "--batch", "16", "--out", out, "--json"});
}

}  // namespace

TEST_CASE("NaN and infinity in data are refused by every command that reads samples") {
  const Workplace place;
  REQUIRE(train_dense(place, {"--epochs", "1", "--out", "run"}).status == 0);
  for (const float bad : {not_a_number, infinity, -infinity}) {
    std::vector<float> values = samples_of(0.5f);
    values[39 * 784 + 7] = bad;
    write_samples(place, "bad.npy", values);
    const std::string expected = "bad.npy: sample 39, position 7: expected a finite number, found";
    check_refused(train_on(place, "bad.npy", "new"), expected);
    check_refused(place.run({"encode", "run/encoder.safetensors", "bad.npy", "out.npy"}), expected);
    check_refused(place.run({"reconstruct", "run/autoencoder.safetensors", "bad.npy", "out.npy"}), expected);
    check_refused(place.run({"evaluate", "run/autoencoder.safetensors", "--data", "bad.npy"}), expected);
  }
  CHECK_FALSE(place.has("out.npy"));
  CHECK_FALSE(place.has("new"));
}

TEST_CASE("NaN and infinity in weights are refused by every command that reads a model") {
  const Workplace place;
  REQUIRE(train_dense(place, {"--epochs", "1", "--out", "run"}).status == 0);
  for (const float bad : {not_a_number, infinity}) {
    for (const char* name : {"encoder", "autoencoder", "checkpoint"}) {
      isthmus::interchange::TensorFile file =
          isthmus::interchange::read_safetensors(place / ("run/" + std::string(name) + ".safetensors"));
      file.tensors.front().values[3] = bad;
      isthmus::interchange::write_safetensors(place / "bad.safetensors", file);
      const std::string expected = "position 3: expected a finite number, found";
      if (name == std::string("encoder")) {
        check_refused(place.run({"encode", "bad.safetensors", "images", "out.npy"}), expected);
        check_refused(place.run({"export", "bad.safetensors", "out.npy", "--c-header"}), expected);
      } else {
        check_refused(place.run({"reconstruct", "bad.safetensors", "images", "out.npy"}), expected);
        check_refused(place.run({"evaluate", "bad.safetensors", "--data", "images"}), expected);
      }
    }
    // A run does not go on from such a state, and leaves it as it is.
    std::filesystem::copy_file(place / "bad.safetensors", place / "run/checkpoint.safetensors",
                               std::filesystem::copy_options::overwrite_existing);
    check_refused(train_dense(place, {"--epochs", "2", "--out", "run", "--resume"}), "expected a finite number");
    CHECK(place.text("run/checkpoint.safetensors") == place.text("bad.safetensors"));
    REQUIRE(train_dense(place, {"--epochs", "1", "--out", "run"}).status == 0);
  }
  CHECK_FALSE(place.has("out.npy"));
}

TEST_CASE("denormals are kept in files, and count as zeros in computations") {
  const Workplace place;
  std::vector<float> values = samples_of(1e-40f);
  for (std::size_t i = 0; i < values.size(); ++i)
    if (i % 784 % 3 == 0) values[i] = -1e-45f;
  write_samples(place, "tiny.npy", values);
  const Outcome outcome = train_on(place, "tiny.npy", "run");
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK(std::isfinite(outcome.json().at("train_loss").as_double()));
  REQUIRE(place.run({"encode", "run/encoder.safetensors", "tiny.npy", "codes.npy"}).status == 0);
  for (const float code : isthmus::data::read_npy(place / "codes.npy").values) CHECK(std::isfinite(code));
  write_samples(place, "zeros.npy", samples_of(0.0f));
  REQUIRE(place.run({"encode", "run/encoder.safetensors", "zeros.npy", "codes_of_zeros.npy"}).status == 0);
  CHECK(place.text("codes.npy") == place.text("codes_of_zeros.npy"));

  // Samples that differ by denormals alone are different, and no output shows it: that is said.
  values[5] = 2e-40f;
  values[39 * 784 + 5] = 3e-40f;
  write_samples(place, "alike.npy", values);
  const Outcome alike = train_on(place, "alike.npy", "alike");
  CHECK(alike.status == 1);
  CHECK(alike.last_line().find("found the same output for every input") != std::string::npos);

  // In weights, too: of a decoder whose numbers are all denormal nothing is left but one half, sigmoid(0).
  isthmus::interchange::TensorFile file =
      isthmus::interchange::read_safetensors(place / "run/decoder.safetensors");
  for (auto& tensor : file.tensors) std::fill(tensor.values.begin(), tensor.values.end(), 1e-41f);
  isthmus::interchange::write_safetensors(place / "tiny.safetensors", file);
  REQUIRE(place.run({"decode", "tiny.safetensors", "codes.npy", "decoded.npy"}).status == 0);
  for (const float value : isthmus::data::read_npy(place / "decoded.npy").values) CHECK(value == 0.5f);
}

TEST_CASE("a learning rate of 1e10 ends in one line, and the last good checkpoint is kept") {
  const Workplace place;
  REQUIRE(train_dense(place, {"--epochs", "1", "--out", "run"}).status == 0);
  const std::string checkpoint = place.text("run/checkpoint.safetensors");
  const std::string model = place.text("run/autoencoder.safetensors");
  for (const bool resumes : {false, true}) {
    std::vector<std::string> arguments{"--epochs", "9", "--out", "run", "--learning-rate", "1e10"};
    if (resumes) arguments.push_back("--resume");
    const Outcome outcome = train_dense(place, arguments);
    INFO(outcome.err);
    CHECK(outcome.status == 1);
    CHECK(outcome.out.empty());
    CHECK(outcome.last_line().find("the last good checkpoint, run/checkpoint.safetensors, is kept") !=
          std::string::npos);
    CHECK(place.text("run/checkpoint.safetensors") == checkpoint);
    CHECK(place.text("run/autoencoder.safetensors") == model);
  }
  // And it is good: the run goes on from it.
  CHECK(train_dense(place, {"--epochs", "2", "--out", "run", "--resume"}).status == 0);
}

TEST_CASE("a batch of zeros, and images that are all the same, are learned") {
  const Workplace place;
  for (const float value : {0.0f, 0.25f, 1.0f}) {
    write_samples(place, "same.npy", samples_of(value));
    const Outcome outcome = train_on(place, "same.npy", "run");
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    const double loss = outcome.json().at("train_loss").as_double();
    CHECK(std::isfinite(loss));
    CHECK(loss >= 0);
    CHECK(loss < 1);
  }
  // One sample of zeros among others does not stop a training either.
  std::vector<float> values = samples_of(0.0f);
  for (std::size_t i = 784; i < values.size(); ++i) values[i] = static_cast<float>(i / 784 % 2);
  write_samples(place, "some.npy", values);
  CHECK(train_on(place, "some.npy", "run").status == 0);
}
