// Whole models on every SIMD target against the double-precision reference.
#include <isthmus/error.hpp>
#include <isthmus/run/trainer.hpp>

#include "data/temporary_folder.hpp"
#include "run_room/models.hpp"
#include "run_room/sessions.hpp"
#include "support/catch.hpp"
#include "support/numbers.hpp"
#include "support/reference.hpp"
#include "support/targets.hpp"

#include <limits>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

void copy(const std::vector<float>& from, std::vector<double>& to) { to.assign(from.begin(), from.end()); }

/// The reference with the session's parameters and this input.
reference::Interpreter reference_of(GraphView graph, const std::vector<NamedTensor>& parameters,
                                    const std::vector<float>& x, int samples) {
  reference::Interpreter values(graph, samples);
  for (const NamedTensor& tensor : parameters) copy(tensor.values, values.named(tensor.name).values);
  copy(x, values.named("x").values);
  return values;
}

/// Losses and all parameters and moments after three steps. An element may be off by `relative` of itself or
/// of `floor`: Adam divides by the gradient's size, so where that is all rounding, its steps are, too.
template <class M>
void compare_training(int samples) {
  INFO("batch " << samples);
  TrainerCore trainer = trainer_of<M>(samples);
  const std::vector<float> x = samples_of<M>(samples);
  reference::Interpreter graph = reference_of(plan::source<M, Role::train>, trainer.read(false), x, samples);
  for (int step = 1; step <= 3; ++step) {
    const double loss = trainer.step(x);
    graph.run(step, trainer.learning_rate());
    CHECK(relative_error(loss, graph.scalar("loss"), 1e-3) < 1e-5);
    graph.commit();
  }
  for (const NamedTensor& tensor : trainer.read(true)) {
    INFO(tensor.name);
    CHECK(largest_error(tensor.values, graph.named(tensor.name).values, 1e-2) < 1e-3);
  }
  graph.run(4, trainer.learning_rate());
  CHECK(relative_error(trainer.evaluate(x), graph.scalar("loss"), 1e-3) < 1e-5);
}

template <class M>
void compare_training() {
  for_each_target([] {
    for (const int samples : {1, 5, 17, 33}) compare_training<M>(samples);
  });
}

}  // namespace

TEST_CASE("three training steps: ELU, mean squared error, Adam") { compare_training<Elu>(); }
TEST_CASE("three training steps: tanh, softplus, mean squared error, SGD") { compare_training<Tanh>(); }
TEST_CASE("three training steps: ReLU, leaky ReLU, cross-entropy from the logit, AdamW") {
  compare_training<Relu>();
}
TEST_CASE("three training steps: cross-entropy clamped, SGD with momentum") { compare_training<Clamped>(); }
TEST_CASE("three training steps: an expression with skips") { compare_training<Expression>(); }
TEST_CASE("three training steps: one column beside many, of the code and of the samples") {
  compare_training<Gate>();
  compare_training<Narrow>();
}
TEST_CASE("three training steps: layer norm, Huber's loss, RMSprop") { compare_training<Rms>(); }
TEST_CASE("three training steps: cosine distance, Lion") { compare_training<Lion>(); }
TEST_CASE("three training steps: Adafactor, also of one row and of one column") { compare_training<Factored>(); }

TEST_CASE("the cosine distance of a sample of zeros is 1, and training goes on beside it") {
  for_each_target([] {
    TrainerCore trainer = trainer_of<Lion>(3);
    std::vector<float> x(3 * 13, 0.0f);
    CHECK(trainer.evaluate(x) == 1);
    CHECK(trainer.step(x) == 1);
    const std::vector<float> one = samples_of<Lion>(1);
    std::copy(one.begin(), one.end(), x.begin() + 13);
    const double first = trainer.step(x);
    for (int i = 0; i < 20; ++i) trainer.step(x);
    CHECK(trainer.evaluate(x) < first);
  });
}

TEST_CASE("what Adafactor remembers is a row and a column for each matrix, read and written back") {
  for_each_target([] {
    const std::vector<float> x = samples_of<Factored>(9);
    TrainerCore whole = trainer_of<Factored>(9, 3), first = trainer_of<Factored>(9, 3),
                second = trainer_of<Factored>(9, 3);
    for (int i = 0; i < 4; ++i) whole.step(x);
    for (int i = 0; i < 2; ++i) first.step(x);
    CHECK(values_of(first.read(true), "enc.weight.rows").size() == 13);
    CHECK(values_of(first.read(true), "enc.weight.columns").size() == 17);
    second.write(first.read(true), true, first.steps(), "test");
    for (int i = 0; i < 2; ++i) second.step(x);
    CHECK(same_bits(whole.read(true), second.read(true)));
  });
}

TEST_CASE("three training steps of several tiles") {
  for_each_target([] {
    for (const int samples : {1, 40, 300}) compare_training<Wide>(samples);
  });
}

namespace {

/// A step of SGD changes each parameter by -rate × gradient: with a large rate the gradient can be read off.
/// Its reference is the central difference of the loss graph alone, not the gradient graph.
void compare_gradient(int samples) {
  using M = Tanh;
  TrainerCore trainer = trainer_of<M>(samples);
  const double rate = 64;
  trainer.set_learning_rate(rate);
  const std::vector<float> x = samples_of<M>(samples);
  const auto before = trainer.read(false);
  reference::Interpreter graph = reference_of(plan::source<M, Role::evaluate>, before, x, samples);
  trainer.step(x);
  const auto after = trainer.read(false);
  for (std::size_t t = 0; t < before.size(); ++t) {
    INFO(before[t].name << ", batch " << samples);
    std::vector<double> found, expected;
    std::vector<double>& values = graph.named(before[t].name).values;
    double largest = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      found.push_back((double{before[t].values[i]} - double{after[t].values[i]}) / rate);
      const double kept = values[i], h = 1e-5;
      values[i] = kept + h;
      graph.run();
      const double above = graph.scalar("loss");
      values[i] = kept - h;
      graph.run();
      expected.push_back((above - graph.scalar("loss")) / (2 * h));
      values[i] = kept;
      largest = std::max(largest, std::fabs(expected.back()));
    }
    CHECK(largest > 1e-3);
    CHECK(largest_error(found, expected, 0.05 * largest) < 1e-4);
  }
}

}  // namespace

TEST_CASE("the gradient of each target against central differences") {
  for_each_target([] {
    for (const int samples : {1, 17}) compare_gradient(samples);
  });
}

TEST_CASE("a partial batch gives the bits of a session built for it") {
  for_each_target([] {
    TrainerCore large = trainer_of<Wide>(300);
    const std::vector<float> big = samples_of<Wide>(300, 8);
    for (const int samples : {1, 31, 129, 299}) {
      INFO("batch " << samples);
      TrainerCore exact = trainer_of<Wide>(samples);
      // Data that a larger batch leaves in the arena must have no effect.
      large.step(big);
      exact.write(large.read(true), true, large.steps(), "test");
      const std::vector<float> x = samples_of<Wide>(samples);
      CHECK(large.step(x) == exact.step(x));
      CHECK(large.step(x) == exact.step(x));
      CHECK(same_bits(large.read(true), exact.read(true)));
      CHECK(large.evaluate(x) == exact.evaluate(x));
    }
  });
}

TEST_CASE("training that is read and written back in the middle goes on with the same bits") {
  const std::vector<float> x = samples_of<Relu>(17), y = samples_of<Relu>(17, 4);
  TrainerCore whole = trainer_of<Relu>(17), first = trainer_of<Relu>(17), second = trainer_of<Relu>(17, 99);
  for (int i = 0; i < 10; ++i) whole.step(i % 2 ? x : y);
  for (int i = 0; i < 5; ++i) first.step(i % 2 ? x : y);
  second.write(first.read(true), true, first.steps(), "test");
  CHECK(second.steps() == 5);
  for (int i = 5; i < 10; ++i) second.step(i % 2 ? x : y);
  CHECK(same_bits(whole.read(true), second.read(true)));
  CHECK(whole.evaluate(x) == second.evaluate(x));
}

TEST_CASE("the seed decides the start, and nothing else does") {
  CHECK(same_bits(trainer_of<Elu>(1, 5).read(true), trainer_of<Elu>(33, 5).read(true)));
  CHECK_FALSE(same_bits(trainer_of<Elu>(1, 5).read(true), trainer_of<Elu>(1, 6).read(true)));
}

TEST_CASE("parameters start as declared") {
  const auto tensors = trainer_of<Elu>(1).read(true);
  const auto values = [&](const std::string& name) -> const std::vector<float>& {
    for (const auto& tensor : tensors)
      if (tensor.name == name) return tensor.values;
    FAIL("no tensor " << name);
    return tensors[0].values;
  };
  const auto range = [&](const std::string& name) {
    const auto [low, high] = std::minmax_element(values(name).begin(), values(name).end());
    return std::pair{double{*low}, double{*high}};
  };
  const double glorot = std::sqrt(6.0 / (13 + 11)), he = std::sqrt(6.0 / 11);
  CHECK(range("enc.weight").first >= -glorot);
  CHECK(range("enc.weight").first < -0.9 * glorot);
  CHECK(range("enc.weight").second <= glorot);
  CHECK(range("enc.weight").second > 0.9 * glorot);
  CHECK(range("code.weight").first >= -he);
  CHECK(range("code.weight").first < -0.8 * he);
  CHECK(range("code.weight").second > 0.8 * he);
  CHECK(values("enc.bias") == std::vector<float>(11, 0.2f));
  CHECK(values("code.bias") == std::vector<float>(3, -0.3f));
  CHECK(values("dec.bias") == std::vector<float>(11, 0.0f));
  CHECK(values("out.weight") == std::vector<float>(11 * 13, 0.05f));
  CHECK(values("enc.weight.m") == std::vector<float>(13 * 11, 0.0f));
}

TEST_CASE("NaN in the data makes the loss NaN") {
  for_each_target([] {
    for (const int at : {0, 12, 13 * 4 + 7}) {
      TrainerCore trainer = trainer_of<Elu>(5);
      std::vector<float> x = samples_of<Elu>(5);
      x[static_cast<std::size_t>(at)] = std::numeric_limits<float>::quiet_NaN();
      CHECK(std::isnan(trainer.evaluate(x)));
      CHECK(std::isnan(trainer.evaluate(x)));
    }
    // Also where a maximum comes first.
    TrainerCore rectified = trainer_of<Relu>(5), clamped = trainer_of<Clamped>(5);
    std::vector<float> x = samples_of<Relu>(5);
    x[6] = std::numeric_limits<float>::quiet_NaN();
    CHECK(std::isnan(rectified.evaluate(x)));
    CHECK(std::isnan(clamped.evaluate(x)));
  });
}

TEST_CASE("NaN in a hidden weight makes the loss NaN, whatever the activation") {
  const auto check = [](auto model) {
    using M = typename decltype(model)::type;
    TrainerCore trainer = trainer_of<M>(5);
    auto tensors = trainer.read(true);
    REQUIRE(tensors[0].name == "enc.weight");
    tensors[0].values.assign(tensors[0].values.size(), std::numeric_limits<float>::quiet_NaN());
    trainer.write(tensors, true, 0, "test");
    CHECK(std::isnan(trainer.evaluate(samples_of<M>(5))));
    CHECK(std::isnan(trainer.step(samples_of<M>(5))));
  };
  for_each_target([&] {
    check(std::type_identity<Elu>{});
    check(std::type_identity<Relu>{});
    check(std::type_identity<Clamped>{});
    check(std::type_identity<Tanh>{});
  });
}

TEST_CASE("wrong sizes are told with both numbers") {
  TrainerCore trainer = trainer_of<Elu>(5);
  const auto text = [&](std::size_t values) {
    try {
      trainer.step(std::vector<float>(values, 0.5f));
    } catch (const ShapeError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  CHECK(text(14) == "batch: expected a multiple of 13 values for 1 to 5 samples, found 14 values");
  CHECK(text(0) == "batch: expected a multiple of 13 values for 1 to 5 samples, found 0 values");
  CHECK(text(78) == "batch: expected a multiple of 13 values for 1 to 5 samples, found 78 values");
  CHECK(text(65) == "no error");
  CHECK(trainer.steps() == 1);
  CHECK_THROWS_AS(trainer.evaluate(std::vector<float>(12)), ShapeError);
  CHECK_THROWS_WITH(trainer_of<Elu>(0), "largest batch: expected at least 1 sample, found 0");
}

TEST_CASE("a learning rate that the host sets is used") {
  TrainerCore trainer = trainer_of<Tanh>(5);
  CHECK(trainer.learning_rate() == double{0.1f});
  const auto before = trainer.read(false);
  trainer.set_learning_rate(0);
  trainer.step(samples_of<Tanh>(5));
  CHECK(same_bits(before, trainer.read(false)));
}

TEST_CASE("a layer that the loss does not reach keeps its values, and is saved with the others") {
  TrainerCore trainer = trainer_of<Greedy>(17);
  CHECK(trainer.untrained() == std::vector<std::string>{"dec.weight", "dec.bias", "out.weight", "out.bias"});
  CHECK(trainer_of<Relu>(17).untrained().empty());
  const std::vector<float> x = samples_of<Greedy>(17);
  const auto before = trainer.read(false);
  const double first = trainer.step(x);
  for (int step = 0; step < 20; ++step) trainer.step(x);
  CHECK(trainer.evaluate(x) < first);
  const auto after = trainer.read(false);
  for (const NamedTensor& tensor : after) {
    INFO(tensor.name);
    const bool same = values_of(before, tensor.name) == tensor.values;
    CHECK(same == (tensor.name.starts_with("dec.") || tensor.name.starts_with("out.")));
  }
  // The halves have all that they need.
  InferenceCore decoder = part_of<Greedy, Role::decode>(trainer, 1);
  std::vector<float> y(13);
  decoder.run(std::vector<float>{0.5f, -1.0f, 0.25f}, y);
  CHECK(*std::max_element(y.begin(), y.end()) > 0.25f);
}

TEST_CASE("samples that are no numbers are refused, and nothing is changed") {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity()})
    for (const std::size_t at : {std::size_t{0}, std::size_t{13 * 4 + 7}, std::size_t{13 * 17 - 1}}) {
      TrainerCore trainer = trainer_of<Relu>(17);
      std::vector<float> x = samples_of<Relu>(17);
      trainer.step(x);
      const auto before = trainer.read(true);
      x[at] = bad;
      CHECK(trainer.try_step({x.data(), 17}).fault == Fault::not_finite);
      const std::string place = "batch: sample " + std::to_string(at / 13) + ", value " + std::to_string(at % 13);
      CHECK(message_of<Error>([&] { trainer.step(x); }) ==
            place + ": expected a finite number, found " + std::to_string(bad));
      CHECK(trainer.steps() == 1);
      CHECK(same_bits(trainer.read(true), before));
      // Between the samples there may be anything.
      std::vector<float> apart(17 * 15, bad);
      for (std::size_t i = 0; i < 17; ++i)
        std::fill_n(apart.begin() + static_cast<std::ptrdiff_t>(i * 15), 13, 0.25f);
      CHECK(trainer.try_step({apart.data(), 17, 15}).fault == Fault::none);
      apart[16 * 15 + 12] = bad;
      CHECK(trainer.try_step({apart.data(), 17, 15}).fault == Fault::not_finite);
      CHECK(trainer.steps() == 2);
    }
  CHECK(std::string(text_of(Fault::not_finite)).find("NaN") != std::string::npos);
}

TEST_CASE("the largest and the smallest numbers are numbers") {
  TrainerCore trainer = trainer_of<Relu>(1);
  std::vector<float> x(13, std::numeric_limits<float>::denorm_min());
  x[3] = std::numeric_limits<float>::max();
  x[4] = -0.0f;
  CHECK(trainer.try_step({x.data(), 1}).fault == Fault::none);
}

TEST_CASE("a batch that no memory holds is refused before anything is allocated") {
  CHECK(message_of<Error>([] { trainer_of<Wide>(2'000'000'000); }).find("batches of 2000000000 samples") !=
        std::string::npos);
}
