// Results of a model that are not finite: they are reported, and not written unless the user asks for it.
#include "support.hpp"

#include <isthmus/data/npy.hpp>
#include <isthmus/interchange/safetensors.hpp>

#include <cmath>
#include <limits>

#include "dump/json.hpp"
#include "support/catch.hpp"

namespace {

constexpr std::size_t count = 300, bad_sample = 270;

/// A place with a trained `dense` in run/; `large.npy`, whose sample 270 is too large for it; and in `burst` the
/// same model with weights behind the code that overflow.
struct Trained : Workplace {
  Trained() {
    const Outcome trained = train_dense(*this, {"--epochs", "1", "--out", "run"});
    if (trained.status != 0) throw std::runtime_error(trained.err);
    std::vector<float> values(count * 784, 0.5f);
    for (std::size_t i = 0; i < 784; ++i) values[bad_sample * 784 + i] = 3e38f;
    isthmus::data::write_npy(path() / "large.npy", std::array<std::int64_t, 2>{count, 784}, values);
    std::filesystem::create_directory(path() / "burst");
    for (const char* name : {"autoencoder", "decoder"}) {
      const std::string file = std::string(name) + ".safetensors";
      isthmus::interchange::TensorFile weights = isthmus::interchange::read_safetensors(path() / "run" / file);
      for (auto& tensor : weights.tensors)
        if (tensor.name == "dec1.weight")
          for (float& value : tensor.values) value = std::copysign(3e38f, value);
      isthmus::interchange::write_safetensors(path() / "burst" / file, weights);
    }
  }
};

}  // namespace

TEST_CASE("an output that is not finite is named with its place, and what was there stays") {
  const Trained place;
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"encode", "run/encoder.safetensors", "large.npy", "out.npy"},
        {"reconstruct", "run/autoencoder.safetensors", "large.npy", "out.npy"}}) {
    INFO(command.front());
    place.write("out.npy", "older");
    check_refused(place.run(command),
                  "out.npy: sample 270, position 0: expected a finite number from the model, found ");
    CHECK(place.text("out.npy") == "older");
    std::vector<std::string> allowed = command;
    allowed.push_back("--allow-nonfinite");
    REQUIRE(place.run(allowed).status == 0);
    const std::vector<float> values = isthmus::data::read_npy(place / "out.npy").values;
    const std::size_t size = values.size() / count;
    for (std::size_t i = 0; i < bad_sample * size; ++i) REQUIRE(std::isfinite(values[i]));
    CHECK_FALSE(std::isfinite(values[bad_sample * size]));
  }
  isthmus::data::write_npy(place / "codes.npy", std::array<std::int64_t, 2>{2, 10}, std::vector<float>(20, 1e5f));
  place.write("out.npy", "older");
  check_refused(place.run({"decode", "burst/decoder.safetensors", "codes.npy", "out.npy"}),
                "out.npy: sample 0, position 0: expected a finite number from the model, found ");
  CHECK(place.text("out.npy") == "older");
  CHECK(place.run({"decode", "burst/decoder.safetensors", "codes.npy", "out.npy", "--allow-nonfinite"}).status ==
        0);
}

TEST_CASE("a picture of outputs that are not finite is not drawn, unless somebody asks for it") {
  const Trained place;
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"sample", "burst/decoder.safetensors", "--out", "out.png"},
        {"interpolate", "burst/autoencoder.safetensors", "--data", "images", "--out", "out.png"}}) {
    INFO(command.front());
    place.write("out.png", "older");
    check_refused(place.run(command), "out.png: sample ");
    CHECK(place.text("out.png") == "older");
    std::vector<std::string> allowed = command;
    allowed.push_back("--allow-nonfinite");
    CHECK(place.run(allowed).status == 0);
    CHECK(place.text("out.png").substr(1, 3) == "PNG");
  }
  // Codes that are not finite have no plane to be drawn in.
  place.write("out.png", "older");
  const Outcome latent =
      place.run({"latent", "run/encoder.safetensors", "--data", "large.npy", "--out", "out.png", "--json"});
  CHECK(latent.status == 1);
  CHECK(latent.says_one_line());
  CHECK(place.text("out.png") == "older");
}

TEST_CASE("JSON has null where a number is none, and standard error says what it is") {
  const Trained place;
  const Outcome outcome = place.run({"evaluate", "run/autoencoder.safetensors", "--data", "large.npy", "--json"});
  INFO(outcome.err << outcome.out);
  REQUIRE(outcome.status == 0);
  const auto json = outcome.json();
  CHECK(json.at("loss").is_null());
  CHECK(json.at("mse").is_null());
  CHECK(json.at("samples").as_int64() == 30);
  CHECK(outcome.err.find("isthmus: loss is ") != std::string::npos);
  CHECK(outcome.err.find(", for which JSON has null\n") != std::string::npos);
}

TEST_CASE("numbers that JSON does not have become null, wherever they are") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const boost::json::value value{
      {"a", 1.5}, {"b", {1.0, std::nan(""), {{"c", -infinity}}}}, {"d", infinity}, {"e", "inf"}};
  std::vector<std::string> places;
  const std::string text =
      isthmus::json_text(value, [&](const std::string& place, double) { places.push_back(place); });
  CHECK(boost::json::parse(text) ==
        boost::json::value({{"a", 1.5}, {"b", {1.0, nullptr, {{"c", nullptr}}}}, {"d", nullptr}, {"e", "inf"}}));
  CHECK(places == std::vector<std::string>{"b[1]", "b[2].c", "d"});
}
