// The command with a model of images that has noise of its own: training, resuming, evaluating, both halves.
#include "support.hpp"

#include <isthmus/data/npy.hpp>
#include <isthmus/report/history.hpp>

#include "support/catch.hpp"

namespace {

Outcome train_denoising(const Workplace& place, std::vector<std::string> more) {
  if (!place.has("images")) place.write_quarters("images", 60);
  std::vector<std::string> arguments{"train", "denoising", "--data", "images", "--batch", "24", "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return place.run(arguments);
}

isthmus::data::NpyArray array_of(const Workplace& place, const std::string& name) {
  return isthmus::data::read_npy(place.path() / name);
}

}  // namespace

TEST_CASE("denoising: the same bits on any number of threads and after a resumption") {
  const Workplace place;
  const std::string whole =
      weights_of(train_denoising(place, {"--epochs", "2", "--threads", "2", "--out", "whole"}));
  CHECK(weights_of(train_denoising(place, {"--epochs", "2", "--threads", "1", "--out", "one"})) == whole);
  train_denoising(place, {"--epochs", "1", "--out", "parts"});
  CHECK(weights_of(train_denoising(place, {"--epochs", "2", "--out", "parts", "--resume"})) == whole);
  CHECK(weights_of(train_denoising(place, {"--epochs", "2", "--seed", "2", "--out", "other"})) != whole);
}

TEST_CASE("denoising: evaluate shows the loss of the validation, with its noise") {
  const Workplace place;
  REQUIRE(train_denoising(place, {"--epochs", "1", "--out", "run", "--seed", "7"}).status == 0);
  const auto history = isthmus::report::from_csv(place / "run/history.csv");
  const Outcome evaluated = place.run({"evaluate", "run/autoencoder.safetensors", "--data", "images", "--json"});
  REQUIRE(evaluated.status == 0);
  const double loss = evaluated.json().at("loss").as_double();
  CHECK(loss == Approx(history.epochs[0].validation[0]).epsilon(1e-5));
  // Without noise a reconstruction is another one.
  CHECK(evaluated.json().at("mse").as_double() != Approx(loss).epsilon(1e-4));
}

TEST_CASE("denoising: the picture has three rows where that of another model has two") {
  const Workplace place;
  REQUIRE(train_denoising(place, {"--epochs", "1", "--out", "noisy"}).status == 0);
  REQUIRE(train_dense(place, {"--epochs", "1", "--out", "clean"}).status == 0);
  const auto [noisy_width, noisy_height] = size_of_png(place.text("noisy/reconstructions.png"));
  const auto [clean_width, clean_height] = size_of_png(place.text("clean/reconstructions.png"));
  CHECK(noisy_height > clean_height + 28);
  CHECK(noisy_width >= 6 * 28);
  CHECK(clean_width >= 10 * 28);
  CHECK(place.text("noisy/report.html").find("noise") != std::string::npos);
}

TEST_CASE("denoising: encoder and decoder, one after the other, give the bits of the whole") {
  const Workplace place;
  REQUIRE(train_denoising(place, {"--epochs", "1", "--out", "run"}).status == 0);
  REQUIRE(place.run({"encode", "run/encoder.safetensors", "images", "codes.npy"}).status == 0);
  REQUIRE(place.run({"decode", "run/decoder.safetensors", "codes.npy", "halves.npy"}).status == 0);
  REQUIRE(place.run({"reconstruct", "run/autoencoder.safetensors", "images", "whole.npy"}).status == 0);
  CHECK(place.text("halves.npy") == place.text("whole.npy"));
  CHECK(array_of(place, "codes.npy").shape == std::vector<std::int64_t>{60, 7, 7, 128});
  CHECK(array_of(place, "whole.npy").shape == std::vector<std::int64_t>{60, 28, 28, 1});
  // A code of another size is refused.
  const Outcome refused = place.run({"decode", "run/decoder.safetensors", "images", "x.npy"});
  CHECK(refused.status == 1);
  CHECK(refused.says_one_line());
}

TEST_CASE("inspect shows the rewrites, and what a plan is without them") {
  const Workplace place;
  const auto plan = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments{"inspect", "denoising",   "--stage", "plan",
                                       "--role",  "reconstruct", "--batch", "8"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return place.run(arguments).out;
  };
  const auto has = [](const std::string& text, const char* word) { return text.find(word) != std::string::npos; };
  const std::string with = plan({}), without = plan({"--without", "winograd,absorb_upsampling,fuse_pooling"});
  for (const char* word : {"winograd", "subpixel", "pooled by 2 × 2"}) {
    CHECK(has(with, word));
    CHECK_FALSE(has(without, word));
  }
  CHECK(has(without, "max_pool("));
  CHECK(has(without, "resample("));
  const Outcome rewritten = place.run({"inspect", "denoising", "--stage", "rewritten", "--role", "encode"});
  CHECK(rewritten.status == 0);
  CHECK_FALSE(has(rewritten.out, "random"));
  CHECK(place.run({"inspect", "denoising", "--without", "nothing"}).status == 2);
}
