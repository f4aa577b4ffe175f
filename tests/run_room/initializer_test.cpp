// Parameters start by functions: the library's own, and those of a program.
#define ISTHMUS_ALLOW_SCALAR
#include <isthmus/dump.hpp>
#include <isthmus/isthmus.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <cmath>

using namespace isthmus;

namespace {

/// N(0, `value`²), drawn again where it is beyond two standard deviations.
inline constexpr Initializer truncated_normal{
    .name = "truncated_normal",
    .start =
        [](const InitialValue& at) {
          float x = at.normal();
          while (std::fabs(x) > 2) x = at.normal();
          return at.value * x;
        },
    .has_value = true,
};

/// The identity where rows and columns meet; 100 times the data's mean elsewhere, once it is known.
inline constexpr Initializer of_place{
    .name = "of_place",
    .start =
        [](const InitialValue& at) {
          if (at.element % 6 == 0) return 1.0f;
          return at.data_mean == nullptr ? 0.0f : 100 * static_cast<float>(*at.data_mean);
        },
    .reads_data = true,
};

struct Started {
  static constexpr auto model = autoencoder(
      encoder(input<40>("x"),
              dense<50>("enc", weights_by(truncated_normal, 0.5f), bias_by(truncated_normal, 3.0f))),
      bottleneck(dense<5>("code", he_uniform)),
      decoder(dense<5>("dec", weights_by(of_place)), dense<40>("out", constant(0.25f), bias_from_data)));
  static constexpr auto training = train(model, mean_squared_error, sgd{.learning_rate = 0.0f});
};

std::vector<float> values_of(const Trainer<Started, 4, CompiledHere>& trainer, const std::string& name) {
  for (const auto& tensor : trainer.read(false))
    if (tensor.name == name) return tensor.values;
  return {};
}

}  // namespace

TEST_CASE("a program's own initializer draws numbers of each value's own") {
  const Trainer<Started, 4, CompiledHere> trainer(1), same(1), other(2);
  const std::vector<float> weights = values_of(trainer, "enc.weight");
  REQUIRE(weights.size() == 2000);
  double sum = 0, squares = 0;
  for (const float w : weights) {
    CHECK(std::fabs(w) <= 1);
    sum += double{w};
    squares += double{w} * w;
  }
  // Of a normal distribution within two standard deviations: 0.774 of the variance. Three standard errors either
  // way.
  CHECK(std::fabs(sum / 2000) < 3 * 0.44 / std::sqrt(2000.0));
  CHECK(std::fabs(squares / 2000 / 0.25 - 0.774) < 0.07);
  CHECK(values_of(same, "enc.weight") == weights);
  CHECK(values_of(other, "enc.weight") != weights);
  // Another parameter has a stream of its own, and its own value.
  const std::vector<float> bias = values_of(trainer, "enc.bias");
  REQUIRE(bias.size() == 50);
  for (std::size_t i = 0; i < bias.size(); ++i) CHECK(bias[i] / 3 != weights[i] / 0.5f);
  CHECK(*std::max_element(bias.begin(), bias.end()) > 1);
}

TEST_CASE("an initializer knows the place, and the mean of the data once that is known") {
  Trainer<Started, 4, CompiledHere> trainer(1);
  std::vector<float> expected(25, 0.0f);
  for (std::size_t i = 0; i < 25; i += 6) expected[i] = 1;
  CHECK(values_of(trainer, "dec.weight") == expected);
  CHECK(values_of(trainer, "out.bias") == std::vector<float>(40, 0.0f));
  CHECK(values_of(trainer, "out.weight") == std::vector<float>(200, 0.25f));
  trainer.initialize_from_data(0.25);
  for (std::size_t i = 0; i < 25; ++i)
    if (i % 6 != 0) expected[i] = 25;
  CHECK(values_of(trainer, "dec.weight") == expected);
  CHECK(values_of(trainer, "out.bias") == std::vector<float>(40, static_cast<float>(std::log(0.25 / 0.75))));
  CHECK(values_of(trainer, "out.weight") == std::vector<float>(200, 0.25f));
  const double limit = std::sqrt(6.0 / 50);
  for (const float w : values_of(trainer, "code.weight")) CHECK(std::fabs(w) <= limit);
}

TEST_CASE("dumps name a program's initializer, and its value") {
  const std::string text = dump(Started::model.graph, DumpFormat::text, "started");
  CHECK(text.find("truncated_normal 0.5") != std::string::npos);
  CHECK(text.find("of_place\n") != std::string::npos);
}
