// Bad input gives one clear line and exit code 1, and leaves earlier files whole.
#include "support.hpp"

#include <isthmus/data/npy.hpp>
#include <isthmus/interchange/model_file.hpp>

#include <limits>

#include "data/npy.hpp"
#include "support/catch.hpp"

namespace {

std::string big_endian(std::uint32_t number) {
  return {static_cast<char>(number >> 24), static_cast<char>(number >> 16), static_cast<char>(number >> 8),
          static_cast<char>(number)};
}

/// A place with a trained model in run/.
struct Trained : Workplace {
  Trained() {
    const Outcome outcome = train_dense(*this, {"--epochs", "1", "--out", "run"});
    if (outcome.status != 0) throw std::runtime_error(outcome.err);
    before = text("run/autoencoder.safetensors") + text("run/checkpoint.safetensors") + text("run/history.csv");
  }
  bool is_untouched() const {
    return before ==
           text("run/autoencoder.safetensors") + text("run/checkpoint.safetensors") + text("run/history.csv");
  }
  std::string before;
};

}  // namespace

TEST_CASE("train refuses bad data in one line, and leaves an earlier run whole") {
  const Trained place;
  const std::string images = place.text("images");
  const auto train_on = [&](const std::string& data, const std::string& expected) {
    check_refused(place.run({"train", "dense", "--data", data, "--out", "run"}), data + ": ");
    check_refused(place.run({"train", "dense", "--data", data, "--out", "run"}), expected);
    CHECK(place.is_untouched());
  };

  SECTION("truncated IDX") {
    place.write("bad", images.substr(0, images.size() / 2));
    train_on("bad", "expected");
  }
  SECTION("IDX with more than it says") {
    place.write("bad", images + "more");
    train_on("bad", "expected");
  }
  SECTION("mislabelled: labels where images should be") {
    place.write("bad", big_endian(0x801) + big_endian(3) + "\1\2\3");
    train_on("bad", "expected");
  }
  SECTION("mislabelled: not IDX at all") {
    place.write("bad", "hello, this is text");
    train_on("bad", "found text, such as CSV; convert it: numpy.save('x.npy', numpy.loadtxt(FILE");
  }
  SECTION("an empty file") {
    place.write("bad", "");
    train_on("bad", "found an empty file");
  }
  SECTION("no such file") { train_on("nowhere", "no such file"); }
  SECTION(".npy of complex numbers") {
    place.write("bad.npy", npy("<c8", "(2, 784)", std::string(2 * 784 * 8, '\0')));
    train_on("bad.npy", "found '<c8', complex numbers");
  }
  SECTION("no samples at all") {
    place.write("bad.npy", npy("<f4", "(0, 784)", ""));
    train_on("bad.npy", "expected at least 2 samples, to train on and to validate with, found 0");
  }
  SECTION(".npy of another shape than the model's") {
    isthmus::data::write_npy(place / "bad.npy", std::array<std::int64_t, 2>{4, 10}, std::vector<float>(40, 0.5f));
    train_on("bad.npy", "expected samples of shape [784], which graph dense takes, found [10]");
  }
  SECTION("NaN in the data") {
    std::vector<float> values(20 * 784, 0.5f);
    values[3 * 784 + 5] = std::numeric_limits<float>::quiet_NaN();
    isthmus::data::write_npy(place / "bad.npy", std::array<std::int64_t, 2>{20, 784}, values);
    train_on("bad.npy", "sample 3, position 5: expected a finite number, found nan");
  }
  SECTION("a single sample") {
    isthmus::data::write_npy(place / "bad.npy", std::array<std::int64_t, 2>{1, 784},
                             std::vector<float>(784, 0.5f));
    train_on("bad.npy", "expected at least 2 samples");
  }
}

TEST_CASE("a file name with control characters stays one line") {
  const Workplace place;
  check_refused(place.run({"train", "dense", "--data", "no\nsuch\x1b[31mfile"}), "no?such?[31mfile");
}

TEST_CASE("train refuses a folder that cannot be written, before it trains") {
  const Trained place;
  place.write("file", "not a folder");
  // Below a regular file nobody can write, not even root.
  check_refused(train_dense(place, {"--out", "file/run"}), "file/run: cannot create the folder");
  CHECK(place.text("file") == "not a folder");
}

TEST_CASE("commands refuse files of another graph, of another role, and damaged ones") {
  const Trained place;
  const auto refuse = [&](const std::string& command, const std::string& file, const std::string& expected) {
    std::vector<std::string> arguments{command, file, "images", "out.npy"};
    if (command == "evaluate") arguments = {command, file, "--data", "images"};
    check_refused(place.run(arguments), file);
    check_refused(place.run(arguments), expected);
    CHECK_FALSE(place.has("out.npy"));
  };
  const auto rewrite = [&](const std::string& name, const auto& change) {
    isthmus::interchange::ModelFile model =
        isthmus::interchange::read_model(place / "run/autoencoder.safetensors");
    change(model);
    isthmus::interchange::write_model(place / name, model);
  };

  SECTION("roles") {
    refuse("encode", "run/decoder.safetensors",
           "expected an encoder or an autoencoder or a checkpoint, found a decoder");
    refuse("decode", "run/encoder.safetensors",
           "expected a decoder or an autoencoder or a checkpoint, found an encoder");
    refuse("reconstruct", "run/encoder.safetensors", "expected an autoencoder or a checkpoint, found an encoder");
    refuse("evaluate", "run/decoder.safetensors", "expected an autoencoder or a checkpoint, found a decoder");
  }
  SECTION("graphs") {
    rewrite("unknown.safetensors", [](auto& model) { model.graph = "unheard-of"; });
    refuse("reconstruct", "unknown.safetensors", "found 'unheard-of'");
    rewrite("other.safetensors", [](auto& model) { model.graph = "shallow"; });
    refuse("reconstruct", "other.safetensors", "tensor 'code.weight': expected shape [784, 32], found [128, 10]");
  }
  SECTION("tensors") {
    rewrite("missing.safetensors", [](auto& model) { model.tensors.erase(model.tensors.begin()); });
    refuse("evaluate", "missing.safetensors",
           "tensor 'enc1.weight': expected shape [784, 512], found no such tensor");
    rewrite("more.safetensors", [](auto& model) { model.tensors.push_back({"spare", {1}, {0.0f}}); });
    refuse("encode", "more.safetensors", "tensor 'spare': expected only tensors of graph dense");
  }
  SECTION("damage") {
    const std::string bytes = place.text("run/autoencoder.safetensors");
    place.write("short.safetensors", bytes.substr(0, bytes.size() - 100));
    refuse("reconstruct", "short.safetensors", "expected");
    place.write("empty.safetensors", "");
    refuse("reconstruct", "empty.safetensors", "expected");
    refuse("reconstruct", "images", "expected");
    refuse("reconstruct", "nowhere.safetensors", "cannot open");
  }
}

TEST_CASE("encode and decode refuse samples that do not fit") {
  const Trained place;
  isthmus::data::write_npy(place / "ten.npy", std::array<std::int64_t, 2>{4, 10}, std::vector<float>(40, 0.5f));
  check_refused(place.run({"encode", "run/encoder.safetensors", "ten.npy", "out.npy"}),
                "expected samples of shape [784], which the encoder of graph dense takes, found [10]");
  check_refused(place.run({"decode", "run/decoder.safetensors", "images", "out.npy"}),
                "expected samples of shape [10], which the decoder of graph dense takes, found [28, 28]");
  std::vector<float> values(40, 0.5f);
  values[13] = std::numeric_limits<float>::infinity();
  isthmus::data::write_npy(place / "inf.npy", std::array<std::int64_t, 2>{4, 10}, values);
  check_refused(place.run({"decode", "run/decoder.safetensors", "inf.npy", "out.npy"}),
                "inf.npy: sample 1, position 3: expected a finite number");
  check_refused(place.run({"encode", "run/encoder.safetensors", "images", "images/out.npy"}),
                "images/out.npy: cannot");
  CHECK_FALSE(place.has("out.npy"));
}

TEST_CASE("bad usage is exit code 2 and one line") {
  const Workplace place;
  const std::vector<std::vector<std::string>> commands{
      {},
      {"fly"},
      {"train"},
      {"train", "dense"},
      {"train", "nothing", "--data", "mnist"},
      {"train", "dense", "--data", "mnist", "--epochs", "0"},
      {"train", "dense", "--data", "mnist", "--epochs", "many"},
      {"train", "dense", "--data", "mnist", "--batch", "0"},
      {"train", "dense", "--data", "mnist", "--batch", "99999999999"},
      {"train", "dense", "--data", "mnist", "--threads", "0"},
      {"train", "dense", "--data", "mnist", "--seed", "-1"},
      {"train", "dense", "--data", "mnist", "--learning-rate", "0"},
      {"train", "dense", "--data", "mnist", "--learning-rate", "nan"},
      {"train", "dense", "--data", "mnist", "--color"},
      {"inspect", "dense", "--stage", "final"},
      {"inspect", "dense", "--as", "pdf"},
      {"inspect", "dense", "--role", "sleep"},
      {"bench", "dense"},
      {"bench", "dense", "--mode", "sleep"},
      {"bench", "dense", "--mode", "train", "--seconds", "0"},
      {"encode", "a", "b"},
      {"latent", "a"},
      {"latent", "a", "--data", "mnist", "--limit", "0"},
      {"sample", "a", "--count", "0"},
      {"sample", "a", "--seed", "-1"},
      {"sample", "a", "--manifold", "--count", "200"},
      {"sample", "a", "--shape", "28"},
      {"sample", "a", "--shape", "28x"},
      {"sample", "a", "--shape", "28x28x2"},
      {"sample", "a", "--shape", "0x28"},
      {"sample", "a", "--shape", "2000x28"},
      {"interpolate", "a"},
      {"interpolate", "a", "--data", "mnist", "--from", "-1"},
      {"interpolate", "a", "--data", "mnist", "--steps", "1"},
      {"graphs", "more"},
  };
  for (const auto& command : commands) {
    const Outcome outcome = place.run(command);
    INFO(outcome.err);
    CHECK(outcome.status == 2);
    CHECK(outcome.says_one_line());
    CHECK(outcome.out.empty());
  }
}

TEST_CASE("output that cannot be written is exit code 1 and one line") {
  const Workplace place;
  const Outcome outcome = place.run({"graphs"}, "/dev/full");
  CHECK(outcome.status == 1);
  CHECK(outcome.says_one_line());
  CHECK(outcome.err.find("standard output: cannot write") != std::string::npos);
}
