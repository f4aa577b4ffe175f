// Training on data in memory: the loop of `fit` is that which one would write, and what is wrong is named.
#include <isthmus/data/batch_source.hpp>
#include <isthmus/error.hpp>
#include <isthmus/fit.hpp>
#include <isthmus_models/conditional.hpp>
#include <isthmus_models/dense.hpp>
#include <isthmus_models/inpainting.hpp>

#include <limits>

#include "support/catch.hpp"
#include "support/numbers.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr std::size_t samples = 70, values = 784;

bool same_weights(const TrainerCore& a, const TrainerCore& b) {
  const auto left = a.read(true), right = b.read(true);
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const NamedTensor& x, const NamedTensor& y) { return x.values == y.values; });
}

}  // namespace

TEST_CASE("fit takes shuffled batches in epochs, and evaluates in the order of the samples") {
  const std::vector<float> x = floats(samples * values, 1, 0, 1), held_out = floats(40 * values, 2, 0, 1);
  Trainer<graphs::Dense, 32> fitted(5), by_hand(5);
  std::vector<int> called;
  const auto losses = fit(
      fitted, x, {.epochs = 3, .batch = 16},
      [&](const EpochLosses& now) {
        called.push_back(now.epoch);
        return true;
      },
      held_out);
  REQUIRE(losses.size() == 3);
  CHECK(called == std::vector<int>{1, 2, 3});
  data::BatchSource source(data::Samples("x", {values}, x), 16, 5, true);
  by_hand.initialize_from_data(source.batches_per_epoch() > 0 ? 0.5 : 0);
  for (std::uint32_t epoch = 1; epoch <= 3; ++epoch) {
    double sum = 0;
    source.start_epoch(epoch);
    while (const auto batch = source.next())
      sum += by_hand.step(*batch, {}, source.indices()) * static_cast<double>(batch->size() / values);
    CHECK(losses[epoch - 1].training == Approx(sum / samples).epsilon(1e-12));
    double validation = 0;
    for (const auto& [first, n] : {std::pair{0, 16}, {16, 16}, {32, 8}})
      validation += by_hand.evaluate(std::span(held_out).subspan(static_cast<std::size_t>(first) * values,
                                                                 static_cast<std::size_t>(n) * values)) *
                    n / 40;
    CHECK(losses[epoch - 1].validation.value() == Approx(validation).epsilon(1e-12));
  }
  CHECK(same_weights(fitted, by_hand));
  // Two calls are one longer one.
  Trainer<graphs::Dense, 32> twice(5);
  fit(twice, x, {.epochs = 1, .batch = 16});
  CHECK(fit(twice, x, {.epochs = 2, .batch = 16}).front().epoch == 2);
  CHECK(same_weights(twice, by_hand));
}

TEST_CASE("fit ends when it is told, and takes several inputs in step") {
  const std::vector<float> x = floats(samples * values, 1, 0, 1);
  std::vector<float> labels(samples * 10);
  for (std::size_t i = 0; i < samples; ++i) labels[i * 10 + i % 10] = 1;
  Trainer<graphs::Conditional, 32> fitted(5), by_hand(5);
  const auto losses = fit(fitted, ports<"label", "image">(labels, x), {.epochs = 9},
                          [](const EpochLosses& now) { return now.epoch < 2; });
  CHECK(losses.size() == 2);
  CHECK_FALSE(losses[0].validation);
  CHECK(losses[1].training < losses[0].training);
  data::BatchSource source({data::Samples("x", {values}, x), data::Samples("l", {10}, labels)}, 32, 5, true);
  for (std::uint32_t epoch = 1; epoch <= 2; ++epoch) {
    source.start_epoch(epoch);
    while (source.next())
      by_hand.step(ports<"image", "label">(source.values(0), source.values(1)), {}, source.indices());
  }
  CHECK(same_weights(fitted, by_hand));
}

TEST_CASE("fit takes missing values for a model that is declared with them") {
  std::vector<float> x = floats(32 * values, 1, 0, 1);
  for (std::size_t i = 0; i < x.size(); i += 3) x[i] = std::numeric_limits<float>::quiet_NaN();
  Trainer<graphs::Inpainting, 32> fitted(5), by_hand(5);
  const auto losses = fit(fitted, x, {.epochs = 1, .batch = 32, .shuffle = false});
  CHECK(losses.front().training == by_hand.step(x));
  CHECK(same_weights(fitted, by_hand));
  Trainer<graphs::Dense, 32> other(5);
  CHECK_THROWS_AS(fit(other, x, {.epochs = 1, .batch = 32}), NumberError);
}

TEST_CASE("fit names what is wrong") {
  const std::vector<float> x = floats(samples * values, 1, 0, 1), labels(samples * 10), few(10);
  Trainer<graphs::Conditional, 32> trainer(1);
  const auto text = [&](const auto& given, const FitOptions& options = {}) {
    try {
      fit(trainer, given, options);
      return std::string("no error");
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  CHECK(text(x) == "ports: expected values for 2 inputs, found one without a name");
  CHECK(text(ports<"image">(x)) == "port \"label\": expected values, found none");
  CHECK(text(ports<"image", "lable">(x, labels)) == "port \"lable\": the model has no input of this name");
  CHECK(text(ports<"image", "label">(x, few)) ==
        "port \"label\": expected 70 samples, as port \"image\" has, found 1");
  CHECK(text(ports<"image", "label">(x, std::vector<float>(11))) ==
        "port \"label\": expected a multiple of 10 values, found 11 values");
  CHECK(text(ports<"image", "label">(x, labels), {.batch = 33}) ==
        "batch: expected at most 32 samples, which the trainer takes, found 33");
  CHECK(trainer.steps() == 0);
}
