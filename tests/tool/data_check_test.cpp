// Warnings that training itself does not give: data that do not suit loss or last layer, batches of one sample.
#include "tool/data_check.hpp"

#include <isthmus/data/npy.hpp>
#include <isthmus/declare.hpp>

#include "support.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using isthmus::tool::batch_warnings;

namespace {

struct Normalized {
  static constexpr auto model = autoencoder(encoder(input<6>("x"), dense<4>("enc") | batch_norm("norm")),
                                            bottleneck(dense<2>("code")), decoder(dense<6>("out")));
};
struct NormalizedImages {
  static constexpr auto model = autoencoder(encoder(input<4, 4, 1>("x"), conv2d<2, 3>("enc"), batch_norm("norm")),
                                            bottleneck(conv2d<1, 3>("code")), decoder(conv2d<1, 3>("out")));
};

}  // namespace

TEST_CASE("a batch of one sample is said where a layer normalises by the batch") {
  const std::string begin = "norm: normalises by the batch, and ";
  const auto warned = [&](std::size_t batch, std::size_t samples, const std::string& part) {
    const auto found = batch_warnings(Normalized::model.graph, batch, samples);
    REQUIRE(found.size() == 1);
    CHECK(found[0].starts_with(begin + part + " has one sample"));
  };
  warned(1, 100, "every one");
  warned(64, 1, "every one");
  warned(33, 100, "the last one of each epoch");
  CHECK(batch_warnings(Normalized::model.graph, 50, 100).empty());
  CHECK(batch_warnings(Normalized::model.graph, 512, 100).empty());
  CHECK(batch_warnings(Normalized::model.graph, 64, 100).empty());
  CHECK(batch_warnings(NormalizedImages::model.graph, 1, 100).empty());
}

TEST_CASE("train and evaluate say what the data are like, and what has no use for them") {
  const Workplace place;
  std::vector<float> values(40 * 784, 0.25f);
  values[5] = -0.5f;
  values.back() = 2.0f;
  isthmus::data::write_npy(place / "wide.npy", std::array<std::int64_t, 2>{40, 784}, values);
  place.write_quarters("images", 40);
  const auto train = [&](const char* graph, const char* data) {
    const Outcome outcome =
        place.run({"train", graph, "--data", data, "--epochs", "1", "--batch", "8", "--out", graph, "--json"});
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    return outcome;
  };
  const Outcome fitting = train("shallow", "images");
  CHECK(fitting.json().at("warnings").as_array().empty());
  const Outcome entropy = train("shallow", "wide.npy");
  const auto json = entropy.json();
  const std::string expected =
      "wide.npy: expected values in [0, 1], which the model's cross-entropy takes for probabilities, found -0.5 "
      "to 2: "
      "its loss means nothing there";
  REQUIRE(json.at("warnings").as_array().size() == 1);
  CHECK(json.at("warnings").as_array()[0].as_string() == expected);
  // Before the first epoch, and once.
  CHECK(entropy.err.find(expected) < entropy.err.find("epoch 1/1"));
  CHECK(entropy.err.find(expected) == entropy.err.rfind(expected));
  const Outcome in_words = place.run({"train", "shallow", "--data", "wide.npy", "--epochs", "1", "--batch", "8"});
  CHECK(
      in_words.out.starts_with("training data    wide.npy: 36 samples, minimum -0.5, maximum 0.25, mean 0.249973\n"
                               "validation data  wide.npy: 4 samples, minimum 0.25, maximum 2, mean 0.250558\n"));
  const auto& sources = json.at("sources").as_array();
  REQUIRE(sources.size() == 2);
  CHECK(sources[0].at("part").as_string() == "training");
  CHECK(sources[0].at("samples").as_int64() == 36);
  CHECK(sources[0].at("minimum").as_double() == -0.5);
  CHECK(sources[0].at("maximum").as_double() == 0.25);
  CHECK(sources[0].at("mean").as_double() == Approx(0.25 - 0.75 / (36 * 784)));
  CHECK(sources[1].at("part").as_string() == "validation");
  CHECK(sources[1].at("maximum").as_double() == 2.0);
  const Outcome last = train("dense", "wide.npy");
  CHECK(last.json().at("warnings").as_array()[0].as_string() ==
        "wide.npy: expected values in [0, 1], which is all that the model's last layer can give, found -0.5 to 2");
  const Outcome evaluated =
      place.run({"evaluate", "shallow/autoencoder.safetensors", "--data", "wide.npy", "--json"});
  REQUIRE(evaluated.status == 0);
  CHECK(evaluated.json().at("sources").as_array()[0].at("maximum").as_double() == 2.0);
  CHECK(evaluated.json().at("warnings").as_array().size() == 1);
  CHECK(evaluated.err.find("takes for probabilities") != std::string::npos);
}

namespace {

struct Told {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<6>("x");
    auto hint = g.condition<6>("hint");
    g.target<6>("clean");
    return dense<6>(bottleneck(dense<2>(x, "code")), "out") + dense<6>(hint, "out_hint");
  });
};

}  // namespace

TEST_CASE("a condition that has the values of the data, or of the target, is said") {
  using isthmus::tool::condition_warnings;
  const auto samples = [](const char* name, float first) {
    std::vector<float> values(5 * 6);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = first + static_cast<float>(i);
    return data::Samples(name, {6}, values);
  };
  const auto warned = [&](float data, float hint, float clean) {
    return condition_warnings(Told::model.graph, tool::PortData({{"x", samples("x.npy", data)},
                                                                 {"hint", samples("h.npy", hint)},
                                                                 {"clean", samples("c.npy", clean)}}));
  };
  CHECK(warned(0, 1, 2).empty());
  // The target may be the data.
  CHECK(warned(0, 1, 0).empty());
  using Texts = std::vector<std::string>;
  CHECK(warned(0, 0, 2) == Texts{"h.npy: the condition hint has the values of x: they go around the bottleneck"});
  CHECK(warned(0, 2, 2) ==
        Texts{"h.npy: the condition hint has the values of clean: they go around the bottleneck"});
}
