// The check that users have for gradients: right ones pass, wrong ones do not.
#define ISTHMUS_ALLOW_SCALAR
#include <isthmus/isthmus.hpp>
#include <isthmus/run/check_gradients.hpp>

#include "support/catch.hpp"
#include "support/numbers.hpp"

#include <algorithm>
#include <cmath>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

/// x of each row over the root of the mean of its squares, with a backward kernel whose second term counts
/// `share`.
float scale_of(const float* x, int n) {
  float squares = 0;
  for (int i = 0; i < n; ++i) squares += x[i] * x[i];
  return 1.0f / std::sqrt(squares / static_cast<float>(n) + 1e-5f);
}
void normalize(const RowCall& call) noexcept {
  const float scale = scale_of(call.operands[0], call.columns[0]);
  for (int i = 0; i < call.columns[0]; ++i) call.result[i] = scale * call.operands[0][i];
}
void normalize_backward(const RowCall& call) noexcept {
  const int n = call.columns[0];
  const float *x = call.operands[0], *g = call.operands[1];
  const float scale = scale_of(x, n);
  float dot = 0;
  for (int i = 0; i < n; ++i) dot += x[i] * g[i];
  for (int i = 0; i < n; ++i)
    call.result[i] = scale * (g[i] - call.value * x[i] * dot * scale * scale / static_cast<float>(n));
}
constexpr RowOperation backward{.name = "backward", .operands = 2, .kernel = normalize_backward};
template <int percent>
constexpr RowOperation normalized{
    .name = "normalized", .kernel = normalize, .gradient = [](const Derivative& d, int) {
      return d.g.builder->over_rows(backward, {d.a, d.g, {}}, 0.01f * percent);
    }};

template <int percent>
struct Normalized {
  static constexpr auto norm = [](Tensor x) { return x.builder->over_rows(normalized<percent>, {x, {}, {}}); };
  static constexpr auto model =
      autoencoder(encoder(input<13>("x"), dense<11>("enc") | norm | tanh), bottleneck(dense<3>("code")),
                  decoder(dense<11>("dec") | elu, dense<13>("out")));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

struct Noisy {
  static constexpr auto model = autoencoder(encoder(input<13>("x"), dropout(0.2f), dense<11>("enc") | tanh),
                                            bottleneck(dense<3>("code")), decoder(dense<13>("out")));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

double error_of(const std::vector<GradientError>& errors, const std::string& parameter) {
  const auto it =
      std::find_if(errors.begin(), errors.end(), [&](const GradientError& e) { return e.parameter == parameter; });
  return it == errors.end() ? -1 : it->error;
}

}  // namespace

TEST_CASE("right gradients are near central differences, wrong ones are named") {
  const std::vector<float> x = floats(24 * 13, 3, -1, 1);
  const std::vector<GradientError> right = check_gradients<Normalized<100>>(x);
  CHECK(right.size() == 8);
  for (const GradientError& one : right) {
    INFO(one.parameter << " " << one.error);
    CHECK((one.error > 0 && one.error < 0.001));
  }
  // The second term of the backward kernel is missing, or a tenth of it.
  for (const auto& wrong : {check_gradients<Normalized<0>>(x), check_gradients<Normalized<90>>(x)}) {
    INFO(error_of(wrong, "enc.weight"));
    CHECK(error_of(wrong, "enc.weight") > 0.02);
    CHECK(error_of(wrong, "dec.weight") < 0.001);
  }
}

TEST_CASE("noise is the same on both sides of a gradient") {
  for (const GradientError& one : check_gradients<Noisy>(floats(24 * 13, 3, -1, 1))) {
    INFO(one.parameter << " " << one.error);
    CHECK(one.error < 0.001);
  }
}
