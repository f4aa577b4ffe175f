// The convolutional model: its sizes, and how its parameters start.
#include <isthmus_models/denoising.hpp>

#include "declare/mistakes.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <string>

using namespace isthmus;
using graphs::Denoising;

namespace {

static_assert(!Denoising::model.diagnostic);
static_assert(Denoising::model.input_size() == 784 && Denoising::model.output_size() == 784);
static_assert(Denoising::model.code_size() == 6272 && 6272 == 7 * 7 * 128);
static_assert(Denoising::model.parameters() ==
              9 * (1 * 32 + 32 * 64 + 64 * 128 + 128 * 128 + 128 * 64 + 64 * 1) + 32 + 64 + 128 + 128 + 64 + 1);
// After the activation, the pooling and the upsampling that follow the layer.
static_assert(width_of<Denoising, "enc1">() == 14 * 14 * 32 && width_of<Denoising, "enc2">() == 7 * 7 * 64);
static_assert(width_of<Denoising, "dec1">() == 14 * 14 * 128 && width_of<Denoising, "dec2">() == 28 * 28 * 64);

constexpr auto expression = graph([](Scope& g) {
  auto x = clip(0, 1)(gaussian_noise(0.5f)(g.input<28, 28, 1>("image")));
  x = max_pool<2>(relu(conv2d<32, 3>(x, "enc1")));
  x = max_pool<2>(relu(conv2d<64, 3>(x, "enc2")));
  const auto code = bottleneck(relu(conv2d<128, 3>(x, "code")));
  auto y = upsample<2>(relu(conv2d<128, 3>(code, "dec1")));
  y = upsample<2>(relu(conv2d<64, 3>(y, "dec2")));
  return sigmoid(conv2d<1, 3>(y, "dec3", bias_from_data));
});
static_assert(testing::same_graph(Denoising::model.graph, expression.graph));

/// The parameter of this name, row-major.
std::vector<float> values_of(const TrainerCore& trainer, const std::string& name) {
  for (const auto& tensor : trainer.read(false))
    if (tensor.name == name) return tensor.values;
  return {};
}
/// Uniform in (-a, a): so many values come close to both ends.
void check_limit(const std::vector<float>& values, std::size_t count, double a) {
  REQUIRE(values.size() == count);
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  CHECK(double{*most} <= a * (1 + 1e-6));
  CHECK(double{*most} > 0.99 * a);
  CHECK(double{*least} >= -a * (1 + 1e-6));
  CHECK(double{*least} < -0.99 * a);
}

}  // namespace

TEST_CASE("the denoising model's sizes") {
  CHECK(Denoising::model.code_size() == 6272);
  CHECK(Denoising::model.parameters() == 314'625);
  CHECK(testing::same_graph(Denoising::model.graph, expression.graph));
}

TEST_CASE("a convolution's fans are its channels times its window") {
  const Trainer<Denoising, 1> trainer{1};
  check_limit(values_of(trainer, "enc2.weight"), 9 * 32 * 64, std::sqrt(6.0 / (9 * (32 + 64))));
  check_limit(values_of(trainer, "dec1.weight"), 9 * 128 * 128, std::sqrt(6.0 / (9 * (128 + 128))));
}

TEST_CASE("a bias from data starts at the logit of the data's mean") {
  Trainer<Denoising, 1> trainer{1};
  trainer.initialize_from_data(0.13);
  const std::vector<float> bias = values_of(trainer, "dec3.bias");
  REQUIRE(bias.size() == 1);
  CHECK(double{bias[0]} == Approx(std::log(0.13 / 0.87)).epsilon(1e-6));
  for (const float other : values_of(trainer, "dec2.bias")) CHECK(other == 0.0f);
}
