// Losses as graphs: their value against the formula, and their mistakes.
#include <isthmus/differentiate/training.hpp>

#include "declare/mistakes.hpp"
#include "support/catch.hpp"
#include "support/numbers.hpp"
#include "support/reference.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr int samples = 4, width = 7;

/// The loss of given reconstructions; `write` makes the reconstruction from the input "z".
template <class Loss, class Write>
double loss_of(Loss loss, Write write, const std::vector<double>& z, const std::vector<double>& target) {
  Builder b;
  const Tensor y = write(b.input("z", shape_of(batch, width)));
  b.output(loss(y, b.input("t", shape_of(batch, width))), "loss");
  CHECK_FALSE(b.diagnostic());
  reference::Interpreter values(b.view(), samples);
  values.named("z").values = z;
  values.named("t").values = target;
  values.run();
  return values.scalar("loss");
}
std::vector<double> numbers(std::uint32_t stream, double low, double high) {
  std::vector<double> list;
  for (std::uint64_t i = 0; i < samples * width; ++i) list.push_back(uniform(stream, i, low, high));
  return list;
}
double cross_entropy(double y, double t) { return -t * std::log(y) - (1 - t) * std::log(1 - y); }

}  // namespace

TEST_CASE("mean squared error is the mean over batch and elements") {
  const auto z = numbers(1, -1, 1), t = numbers(2, 0, 1);
  double expected = 0;
  for (std::size_t i = 0; i < z.size(); ++i) expected += (z[i] - t[i]) * (z[i] - t[i]) / (samples * width);
  CHECK(loss_of(mean_squared_error, [](Tensor x) { return x; }, z, t) == Approx(expected).epsilon(1e-12));
}

TEST_CASE("cross-entropy after a sigmoid is computed from the logit, and equals the formula") {
  const auto z = numbers(1, -4, 4), t = numbers(2, 0, 1);
  double expected = 0;
  for (std::size_t i = 0; i < z.size(); ++i)
    expected += cross_entropy(1 / (1 + std::exp(-z[i])), t[i]) / (samples * width);
  const auto by_sigmoid = [](Tensor x) { return x.builder->unary(ops::sigmoid, x); };
  CHECK(loss_of(binary_cross_entropy, by_sigmoid, z, t) == Approx(expected).epsilon(1e-12));
  // Where the formula itself has lost every digit.
  const std::vector<double> far(samples * width, 800.0), zeros_(samples * width, 0.0);
  CHECK(loss_of(binary_cross_entropy, by_sigmoid, far, zeros_) == Approx(800));
  CHECK(loss_of(binary_cross_entropy, by_sigmoid, std::vector<double>(samples * width, -800.0), zeros_) ==
        Approx(0).margin(1e-12));
}

TEST_CASE("the likelihoods of Bernoulli and Gaussian decoders are summed over a sample") {
  const auto z = numbers(1, -4, 4), t = numbers(2, 0, 1);
  double bits = 0, squares = 0;
  for (std::size_t i = 0; i < z.size(); ++i) {
    bits += cross_entropy(1 / (1 + std::exp(-z[i])), t[i]) / samples;
    squares += 0.5 * (z[i] - t[i]) * (z[i] - t[i]) / samples;
  }
  const auto by_sigmoid = [](Tensor x) { return x.builder->unary(ops::sigmoid, x); };
  const auto itself = [](Tensor x) { return x; };
  CHECK(loss_of(bernoulli, by_sigmoid, z, t) == Approx(bits).epsilon(1e-12));
  CHECK(loss_of(gaussian, itself, z, t) == Approx(squares).epsilon(1e-12));
  const std::vector<double> far(samples * width, 800.0), zeros_(samples * width, 0.0);
  CHECK(loss_of(bernoulli, by_sigmoid, far, zeros_) == Approx(800 * width));
  CHECK(std::isfinite(loss_of(bernoulli, itself, zeros_, t)));
}

TEST_CASE("Huber's loss is half the square up to delta, and linear beyond") {
  const auto z = numbers(1, -3, 3), t = numbers(2, 0, 1);
  const auto itself = [](Tensor x) { return x; };
  for (const float delta : {1.0f, 0.25f}) {
    double expected = 0;
    for (std::size_t i = 0; i < z.size(); ++i) {
      const double error = std::fabs(z[i] - t[i]), bound = double{delta};
      expected += (error <= bound ? 0.5 * error * error : bound * (error - 0.5 * bound)) / (samples * width);
    }
    CHECK(loss_of(huber(delta), itself, z, t) == Approx(expected).epsilon(1e-12));
  }
  CHECK(loss_of(huber, itself, z, t) == loss_of(huber(1), itself, z, t));
}

TEST_CASE("the cosine distance is the mean of 1 - cos over the batch, and finite at zero") {
  auto z = numbers(1, -1, 1), t = numbers(2, -1, 1);
  double expected = 0;
  for (int sample = 0; sample < samples; ++sample) {
    double product = 0, of_z = 0, of_t = 0;
    for (int i = sample * width; i < (sample + 1) * width; ++i) {
      const double x = z[static_cast<std::size_t>(i)], y = t[static_cast<std::size_t>(i)];
      product += x * y;
      of_z += x * x;
      of_t += y * y;
    }
    expected += (1 - product / std::sqrt(of_z * of_t)) / samples;
  }
  const auto itself = [](Tensor x) { return x; };
  CHECK(loss_of(cosine_distance, itself, z, t) == Approx(expected).epsilon(1e-12));
  CHECK(loss_of(cosine_distance, [](Tensor x) { return 3.0f * x; }, z, z) == Approx(0).margin(1e-12));
  CHECK(loss_of(cosine_distance, [](Tensor x) { return -x; }, z, z) == Approx(2).epsilon(1e-12));
  const std::vector<double> nothing(samples * width, 0.0);
  CHECK(loss_of(cosine_distance, itself, nothing, t) == 1);
  CHECK(loss_of(cosine_distance, itself, z, nothing) == 1);
  CHECK(loss_of(cosine_distance, itself, nothing, nothing) == 1);
}

TEST_CASE("cross-entropy of other functions is clamped") {
  const auto y = numbers(1, 0.05, 0.95), t = numbers(2, 0, 1);
  double expected = 0;
  for (std::size_t i = 0; i < y.size(); ++i) expected += cross_entropy(y[i], t[i]) / (samples * width);
  const auto itself = [](Tensor x) { return x; };
  CHECK(loss_of(binary_cross_entropy, itself, y, t) == Approx(expected).epsilon(1e-12));
  CHECK(loss_of(binary_cross_entropy, itself, std::vector<double>(samples * width, 1.5),
                std::vector<double>(samples * width, 0.0)) ==
        Approx(-std::log(1 - double{1.0f - 1e-7f})).epsilon(1e-6));
  CHECK(std::isfinite(loss_of(binary_cross_entropy, itself, std::vector<double>(samples * width, 0.0), t)));
}

namespace {

constexpr auto narrow =
    autoencoder(encoder(input<7>("x")), bottleneck(dense<2>("code")), decoder(dense<5>("out") | sigmoid));
struct NoScalar {
  constexpr Tensor operator()(Tensor y, Tensor x) const { return y - x; }
};
constexpr auto fits = autoencoder(encoder(input<7>("x")), bottleneck(dense<2>("code")), decoder(dense<7>("out")));

template <class Loss>
constexpr Diagnostic mistake_of(GraphView model, Loss loss) {
  return differentiate::training_graph(model, loss, adam{}).diagnostic();
}
static_assert(is(mistake_of(narrow.graph, mean_squared_error), Mistake::loss_shapes_differ, "out",
                 shape_of(batch, 5), shape_of(batch, 7)));
static_assert(is(mistake_of(narrow.graph, binary_cross_entropy), Mistake::loss_shapes_differ, "out",
                 shape_of(batch, 5), shape_of(batch, 7)));
static_assert(is(mistake_of(narrow.graph, bernoulli), Mistake::loss_shapes_differ, "out", shape_of(batch, 5),
                 shape_of(batch, 7)));
static_assert(is(mistake_of(narrow.graph, gaussian), Mistake::loss_shapes_differ, "out", shape_of(batch, 5),
                 shape_of(batch, 7)));
static_assert(is(mistake_of(narrow.graph, huber), Mistake::loss_shapes_differ, "out", shape_of(batch, 5),
                 shape_of(batch, 7)));
static_assert(is(mistake_of(narrow.graph, cosine_distance), Mistake::loss_shapes_differ, "out", shape_of(batch, 5),
                 shape_of(batch, 7)));
static_assert(is(mistake_of(fits.graph, huber(0)), Mistake::bound_not_positive, "huber", shape_of(batch, 0), {}));
static_assert(!mistake_of(fits.graph, huber(0.5f) + 0.1f * cosine_distance));
static_assert(mistake_of(fits.graph, NoScalar{}).mistake == Mistake::loss_is_not_a_scalar);
static_assert(!mistake_of(fits.graph, mean_squared_error));

// ---- Options of `train` ----

constexpr auto bounded = train(fits, mean_squared_error, sgd{}, memory_budget<1'000'000, 64>);
constexpr auto clipped = train(fits, mean_squared_error, sgd{}, clip_norm{0.5f}, memory_budget<5'000'000'000, 1>);
static_assert(bounded.memory->bytes == 1'000'000 && bounded.memory->samples == 64 && bounded.clip_norm == 0);
static_assert(clipped.memory->bytes == 5'000'000'000 && clipped.clip_norm == 0.5f);
static_assert(!train(fits, mean_squared_error, sgd{}).memory);

}  // namespace

TEST_CASE("a loss of different shapes, or that is no scalar, is a mistake") {
  CHECK(is(mistake_of(narrow.graph, mean_squared_error), Mistake::loss_shapes_differ, "out", shape_of(batch, 5),
           shape_of(batch, 7)));
  CHECK(mistake_of(fits.graph, NoScalar{}).mistake == Mistake::loss_is_not_a_scalar);
  CHECK_FALSE(mistake_of(fits.graph, binary_cross_entropy));
}
