// Features of training only: noise and what determines it, dropout, starts from data, running statistics.
#include "lower/convolutions.hpp"
#include "run_room/image_models.hpp"
#include "run_room/sessions.hpp"
#include "support/catch.hpp"
#include "support/targets.hpp"

#include <numeric>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr int samples = 6;
using Numbers = std::vector<std::uint32_t>;

/// A trainer that stays where it is, so that losses differ by their noise alone.
template <class M>
TrainerCore held(std::uint64_t seed = 1) {
  TrainerCore trainer = trainer_of<M>(samples, seed);
  trainer.set_learning_rate(0);
  trainer.initialize_from_data(0.5);
  return trainer;
}
/// `x` with the samples in reverse order.
template <class M>
std::vector<float> reversed(const std::vector<float>& x) {
  const auto size = static_cast<std::ptrdiff_t>(M::model.input_size());
  std::vector<float> result;
  for (auto at = x.end(); at != x.begin(); at -= size) result.insert(result.end(), at - size, at);
  return result;
}

const Numbers some = {12, 7, 99, 5, 80000, 3}, others = {12, 7, 99, 5, 80001, 3},
              backwards = {3, 80000, 5, 99, 7, 12};

/// Drawn anew in each step, whatever the samples are called.
template <class M>
void check_fresh() {
  const std::vector<float> x = samples_of<M>(samples);
  TrainerCore trainer = held<M>(), again = held<M>(), other_seed = held<M>(2);
  other_seed.write(trainer.read(true), true, 0, "test");
  const double first = trainer.step(x, {}, some);
  CHECK(again.step(x, {}, others) == first);
  CHECK(other_seed.step(x, {}, some) != first);
  for (int i = 0; i < 3; ++i) CHECK(trainer.step(x, {}, some) != first);
  // A step that is taken again, as after a resumption, draws the same.
  trainer.write(trainer.read(true), true, 0, "test");
  CHECK(trainer.step(x, {}, some) == first);
}

/// The same in every step: a function of the samples' numbers.
template <class M>
void check_fixed() {
  const std::vector<float> x = samples_of<M>(samples);
  TrainerCore trainer = held<M>(), other_seed = held<M>(2);
  other_seed.write(trainer.read(true), true, 0, "test");
  const double first = trainer.step(x, {}, some);
  CHECK(trainer.step(x, {}, some) == first);
  CHECK(trainer.step(x, {}, others) != first);
  CHECK(trainer.step(reversed<M>(x), {}, backwards) == Approx(first).epsilon(1e-6));
  CHECK(other_seed.step(x, {}, some) != first);
  // Without numbers samples are known by their places.
  const double by_place = trainer.step(x);
  CHECK(by_place != first);
  CHECK(trainer.step(x, {}, Numbers{0, 1, 2, 3, 4, 5}) == by_place);
}

/// An evaluation is the same whenever it happens, and the noise of its samples goes with their numbers.
template <class M>
void check_evaluation() {
  const std::vector<float> x = samples_of<M>(samples);
  TrainerCore trainer = held<M>();
  const double first = trainer.evaluate(x, some);
  const double training = trainer.step(x, {}, some);
  CHECK(training != first);
  CHECK(trainer.evaluate(x, some) == first);
  CHECK(trainer.evaluate(x, others) != first);
  CHECK(trainer.evaluate(reversed<M>(x), backwards) == Approx(first).epsilon(1e-6));
  CHECK(trainer.evaluate(x) == trainer.evaluate(x, Numbers{0, 1, 2, 3, 4, 5}));
}

}  // namespace

TEST_CASE("noise is drawn anew in each step") {
  for_each_target([] {
    check_fresh<Noisy>();
    check_fresh<Salted>();
    check_fresh<Normed>();
  });
}

TEST_CASE("fixed noise is the same in every epoch") {
  for_each_target([] { check_fixed<Masked>(); });
}

TEST_CASE("the noise of an evaluation depends on the samples' numbers only") {
  for_each_target([] {
    check_evaluation<Noisy>();
    check_evaluation<Masked>();
    check_evaluation<Salted>();
  });
}

TEST_CASE("a use has neither noise nor dropout") {
  const auto repeats = [](InferenceCore whole, const std::vector<float>& x) {
    std::vector<float> one(x.size()), two(x.size() / 6);
    whole.run(x, one);
    // The last sample, alone and first in its batch.
    whole.run(std::span(x).last(two.size()), two);
    CHECK(std::equal(two.begin(), two.end(), one.end() - static_cast<std::ptrdiff_t>(two.size())));
  };
  repeats(part_of<Noisy, Role::reconstruct>(held<Noisy>(), samples), samples_of<Noisy>(samples));
  repeats(part_of<Masked, Role::reconstruct>(held<Masked>(), samples), samples_of<Masked>(samples));
  repeats(part_of<Normed, Role::reconstruct>(held<Normed>(), samples), samples_of<Normed>(samples));
}

namespace {

/// The samples as training corrupts them before the first layer.
template <class M>
std::vector<float> corrupted(const std::vector<float>& x) {
  std::vector<float> y(x.size());
  InferenceCore(linked_program<M, Role::corrupt>(), 500).run(x, y);
  return y;
}

}  // namespace

TEST_CASE("each kind of noise does to the data what it says") {
  for_each_target([] {
    const std::vector<float> colours(std::size_t{500} * 60, 0.75f);
    const auto masked = corrupted<Masked>(colours);
    int wrong = 0;
    double share = 0;
    for (const float value : masked) {
      share += value == 0.0f ? 1.0 / static_cast<double>(masked.size()) : 0.0;
      wrong += value != 0.0f && value != 0.75f;
    }
    CHECK(share == Approx(0.4).margin(0.015));  // Five standard deviations.

    const auto salted = corrupted<Salted>(std::vector<float>(std::size_t{500} * 40, 0.75f));
    double black = 0, white = 0;
    for (const float value : salted) {
      black += value == 0.0f ? 1.0 / static_cast<double>(salted.size()) : 0.0;
      white += value == 1.0f ? 1.0 / static_cast<double>(salted.size()) : 0.0;
      wrong += value != 0.0f && value != 1.0f && value != 0.75f;
    }
    CHECK(black == Approx(0.15).margin(0.013));
    CHECK(white == Approx(0.15).margin(0.013));

    const auto noisy = corrupted<Noisy>(std::vector<float>(std::size_t{500} * 35, 0.5f));
    double mean = 0, clipped = 0;
    for (const float value : noisy) {
      mean += double{value} / static_cast<double>(noisy.size());
      clipped += value == 0.0f || value == 1.0f ? 1.0 / static_cast<double>(noisy.size()) : 0.0;
      wrong += !(value >= 0 && value <= 1);
    }
    CHECK(mean == Approx(0.5).margin(0.011));
    CHECK(clipped == Approx(0.0956).margin(0.011));  // Beyond 5/3 standard deviations.
    CHECK(wrong == 0);
  });
}

TEST_CASE("a bias that starts from data starts at the logit of their mean") {
  for_each_target([] {
    const std::vector<float> x = floats(static_cast<std::size_t>(samples * Masked::model.input_size()), 3, 0, 0.4);
    TrainerCore trainer = trainer_of<Masked>(samples);
    trainer.set_learning_rate(0);
    const auto biases = [&] { return values_of(trainer.read(false), "out.bias"); };
    const auto all = [](double value) { return std::vector<float>(60, static_cast<float>(value)); };
    CHECK(biases() == all(0));
    // The first step does it, from its batch; later ones do not.
    trainer.step(x);
    const double mean = std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
    CHECK(mean == Approx(0.2).margin(0.02));
    CHECK(largest_error(biases(), all(std::log(mean / (1 - mean)))) < 1e-6);
    const auto started = biases();
    trainer.step(samples_of<Masked>(samples));
    CHECK(biases() == started);

    // Said beforehand, the first step leaves it.
    TrainerCore told = trainer_of<Masked>(samples);
    told.set_learning_rate(0);
    told.initialize_from_data(0.7);
    told.step(x);
    CHECK(largest_error(values_of(told.read(false), "out.bias"), all(std::log(0.7 / 0.3))) < 1e-6);
    // Tensors that were read back are already initialized.
    TrainerCore resumed = trainer_of<Masked>(samples);
    resumed.set_learning_rate(0);
    resumed.write(told.read(true), true, 0, "test");
    resumed.step(x);
    CHECK(same_bits(resumed.read(true), told.read(true)));
    // Data that are all the same have no logit.
    TrainerCore black = trainer_of<Masked>(samples);
    black.initialize_from_data(0);
    CHECK(largest_error(values_of(black.read(false), "out.bias"), all(std::log(1e-4 / (1 - 1e-4)))) < 1e-6);
  });
}

TEST_CASE("running statistics follow the batch, and are what an evaluation and a use normalize by") {
  for_each_target([] {
    const std::vector<float> x = samples_of<Normed>(samples);
    TrainerCore trainer = held<Normed>();
    const auto start = trainer.read(true);
    CHECK(values_of(start, "bn1.mean") == std::vector<float>(8, 0.0f));
    CHECK(values_of(start, "bn1.variance") == std::vector<float>(8, 1.0f));
    const double untrained = trainer.evaluate(x);

    // The result of the first convolution, and its moments over the batch and all pixels.
    const Geometry g = three_by_three(samples, 6, 7, 1, 8);
    Data data(g);
    data.image = x;
    data.weights = values_of(start, "enc1.weight");
    const std::vector<double> features = naive(g, Op::conv2d, data).value;
    std::vector<double> mean(8, 0.0), variance(8, 0.0), means(8, 0.0), variances(8, 1.0);
    const double count = static_cast<double>(features.size()) / 8;
    for (std::size_t i = 0; i < features.size(); ++i) mean[i % 8] += features[i] / count;
    for (std::size_t i = 0; i < features.size(); ++i)
      variance[i % 8] += std::pow(features[i] - mean[i % 8], 2) / count;
    for (int step = 0; step < 3; ++step) {
      trainer.step(x);
      for (std::size_t c = 0; c < 8; ++c) {
        means[c] = 0.99 * means[c] + 0.01 * mean[c];
        variances[c] = 0.99 * variances[c] + 0.01 * variance[c];
      }
      CHECK(largest_error(values_of(trainer.read(false), "bn1.mean"), means, 1e-3) < 1e-5);
      CHECK(largest_error(values_of(trainer.read(false), "bn1.variance"), variances, 1e-3) < 1e-5);
    }
    // Nothing else has moved, for the rate is zero: the loss of an evaluation has changed by the statistics alone.
    for (const NamedTensor& tensor : trainer.read(true))
      if (!is_statistic(tensor.name)) CHECK(tensor.values == values_of(start, tensor.name));
    const double after = trainer.evaluate(x);
    CHECK(after != untrained);
    InferenceCore whole = part_of<Normed, Role::reconstruct>(trainer, samples);
    std::vector<float> y(x.size());
    whole.run(x, y);
    double loss = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
      loss += std::pow(double{x[i]} - double{y[i]}, 2) / static_cast<double>(x.size());
    CHECK(loss == Approx(after).epsilon(1e-5));
    // They are the encoder's to carry, and it uses them.
    InferenceCore encoder = part_of<Normed, Role::encode>(trainer, samples);
    CHECK(values_of(encoder.read(), "bn1.mean") == values_of(trainer.read(false), "bn1.mean"));
    std::vector<float> codes(samples * 4), moved(samples * 4);
    encoder.run(x, codes);
    auto tensors = trainer.read(false);
    for (NamedTensor& tensor : tensors)
      if (tensor.name == "bn1.mean")
        for (float& value : tensor.values) value += 0.5f;
    encoder.write(tensors, "test");
    encoder.run(x, moved);
    CHECK(largest_error(moved, codes, 1) > 1e-2);
  });
}
