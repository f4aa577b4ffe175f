// Anomaly scores: the figures of scores and labels, and the command.
#include "support.hpp"
#include "tool/anomaly.hpp"

#include <isthmus/data/npy.hpp>

#include "support/catch.hpp"

#include <cmath>

namespace {

using namespace isthmus;
using Labels = std::vector<std::uint8_t>;
using Scores = std::vector<float>;

/// The share of pairs in which the labelled one is higher, by all pairs.
double pairs_in_order(const Scores& scores, const Labels& labels) {
  double right = 0, pairs = 0;
  for (std::size_t i = 0; i < scores.size(); ++i)
    for (std::size_t j = 0; j < scores.size(); ++j) {
      if (labels[i] == 0 || labels[j] != 0) continue;
      right += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
      ++pairs;
    }
  return right / pairs;
}

}  // namespace

TEST_CASE("areas under curves: the values that scikit-learn's documentation has, and all pairs") {
  CHECK(tool::roc_area(Scores{0.1f, 0.4f, 0.35f, 0.8f}, Labels{0, 0, 1, 1}) == 0.75);
  CHECK(tool::precision_recall_area(Scores{0.1f, 0.4f, 0.35f, 0.8f}, Labels{0, 0, 1, 1}) == Approx(5.0 / 6));
  CHECK(tool::roc_area(Scores{1, 2, 3, 4}, Labels{0, 0, 1, 2}) == 1);
  CHECK(tool::roc_area(Scores{4, 3, 2, 1}, Labels{0, 0, 1, 1}) == 0);
  // One score for all says nothing: half, and the share of those that are labelled.
  CHECK(tool::roc_area(Scores(5, 1.0f), Labels{0, 1, 0, 0, 1}) == 0.5);
  CHECK(tool::precision_recall_area(Scores(5, 1.0f), Labels{0, 1, 0, 0, 1}) == Approx(0.4));
  Scores scores;
  Labels labels;
  for (std::uint64_t i = 0; i < 300; ++i) {
    // Few values, so that many are equal.
    scores.push_back(std::floor(10 * random_uniform(3, Purpose::example, 0, i)));
    labels.push_back(random_uniform(3, Purpose::example, 1, i) < 0.2f + 0.05f * scores.back() ? 1 : 0);
  }
  CHECK(tool::roc_area(scores, labels) == Approx(pairs_in_order(scores, labels)).epsilon(1e-12));
}

TEST_CASE("quantiles lie between the nearest two scores, and detections above a threshold") {
  CHECK(tool::quantile({4, 1, 3, 2}, 0) == 1);
  CHECK(tool::quantile({4, 1, 3, 2}, 1) == 4);
  CHECK(tool::quantile({4, 1, 3, 2}, 0.5) == 2.5);
  CHECK(tool::quantile({4, 1, 3, 2}, 0.1) == Approx(1.3));
  CHECK(tool::quantile({7}, 0.99) == 7);
  const tool::Detections found = tool::detections(Scores{1, 2, 3, 4}, Labels{1, 0, 1, 1}, 2);
  CHECK(found.above == 2);
  CHECK(found.precision() == 1);
  CHECK(found.recall() == Approx(2.0 / 3));
  CHECK(tool::detections(Scores{1, 2}, {}, 1.5).above == 1);
}

TEST_CASE("score: what a model has never seen scores higher, and the mean is what evaluate says") {
  const Workplace place;
  REQUIRE(train_dense(place, {"--epochs", "20", "--out", "run"}).status == 0);
  // The last ten are noise.
  data::NpyArray mixed{{40, 28, 28}, {}};
  place.write_quarters("quarters", 30);
  const auto bytes = std::get<std::vector<std::uint8_t>>(data::read_idx(place.path() / "quarters").values);
  for (const std::uint8_t byte : bytes) mixed.values.push_back(static_cast<float>(byte) / 255.0f);
  for (std::uint64_t i = 0; i < 10 * 784; ++i) mixed.values.push_back(random_uniform(1, Purpose::example, 4, i));
  data::write_npy(place.path() / "mixed.npy", mixed.shape, mixed.values);
  Labels labels(30, 0);
  labels.resize(40, 1);
  data::write_idx(place.path() / "labels", std::array<std::int64_t, 1>{40}, labels);

  const std::vector<std::string> score{"score", "run/autoencoder.safetensors", "mixed.npy", "scores.npy"};
  auto arguments = score;
  arguments.insert(arguments.end(), {"--labels", "labels", "--normal", "images", "--quantile", "0.95", "--json"});
  const Outcome outcome = place.run(arguments);
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  const auto json = outcome.json();
  CHECK(json.at("samples").to_number<int>() == 40);
  CHECK(json.at("roc_area").as_double() > 0.99);
  CHECK(json.at("precision_recall_area").as_double() > 0.95);
  CHECK(json.at("recall").as_double() == 1);
  CHECK(json.at("above").to_number<int>() >= 10);
  const data::NpyArray scores = data::read_npy(place.path() / "scores.npy");
  CHECK(scores.shape == std::vector<std::int64_t>{40});
  // A score is the mean squared error of its sample.
  REQUIRE(place.run({"reconstruct", "run/autoencoder.safetensors", "mixed.npy", "out.npy"}).status == 0);
  const data::NpyArray restored = data::read_npy(place.path() / "out.npy");
  for (std::size_t s = 0; s < 40; ++s) {
    double squares = 0;
    for (std::size_t i = s * 784; i < (s + 1) * 784; ++i) {
      const double e = static_cast<double>(restored.values[i]) - static_cast<double>(mixed.values[i]);
      squares += e * e / 784;
    }
    CHECK(static_cast<double>(scores.values[s]) == Approx(squares).epsilon(1e-6));
  }
  CHECK(tool::roc_area(scores.values, labels) == Approx(json.at("roc_area").as_double()));

  const auto refused = [&](std::vector<std::string> more, const std::string& expected) {
    auto bad = score;
    bad[3] = "other.npy";
    bad.insert(bad.end(), more.begin(), more.end());
    check_refused(place.run(bad), expected);
    CHECK_FALSE(place.has("other.npy"));
  };
  data::write_idx(place.path() / "few", std::array<std::int64_t, 1>{39}, Labels(39, 1));
  data::write_idx(place.path() / "ones", std::array<std::int64_t, 1>{40}, Labels(40, 1));
  refused({"--labels", "few"}, "few: expected 40 labels, one per sample, found 39");
  refused({"--labels", "ones"}, "ones: expected labels that are 0 and labels that are not, found none that is 0");
  refused({"--normal", "nowhere"}, "nowhere");
  refused({"--with", "label=labels"},
          "label=labels: expected one of the inputs image of graph dense, found 'label'");
}

TEST_CASE("score: of a model with a target the error is that from the target") {
  const Workplace place;
  place.write_quarters("images", 60);
  REQUIRE(place.run({"train", "paired", "--data", "images", "--batch", "24", "--epochs", "1", "--out", "run"})
              .status == 0);
  data::write_npy(place.path() / "black.npy", std::array<std::int64_t, 3>{60, 28, 28},
                  std::vector<float>(60 * 784, 0.0f));
  const auto mean = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments{"score", "run/autoencoder.safetensors", "images", "scores.npy", "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = place.run(arguments);
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    return outcome.json().at("mean").as_double();
  };
  const double of_data = mean({}), of_black = mean({"--with", "clean=black.npy"});
  CHECK(of_data == mean({"--with", "clean=images"}));
  CHECK(of_data != of_black);
}
