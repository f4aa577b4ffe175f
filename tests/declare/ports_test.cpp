// Losses of several inputs as graphs: their values against the formulas, and their mistakes.
#include <isthmus/declare.hpp>
#include <isthmus/differentiate/training.hpp>

#include "declare/mistakes.hpp"
#include "support/catch.hpp"
#include "support/numbers.hpp"
#include "support/reference.hpp"

#include <cmath>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr int samples = 4, width = 7;
using Numbers = std::vector<double>;

Numbers numbers(std::uint32_t stream, double low, double high, int size = width) {
  Numbers list;
  for (int i = 0; i < samples * size; ++i)
    list.push_back(uniform(stream, static_cast<std::uint64_t>(i), low, high));
  return list;
}

/// The loss of reconstructions z, which are compared with t; w are the weights, `of_weight` for each sample.
template <class Loss>
double loss_of(Loss loss, int of_weight, const Numbers& z, const Numbers& t, const Numbers& w) {
  Scope b;
  const Tensor y = static_cast<Builder&>(b).input("z", shape_of(batch, width));
  const Tensor target = static_cast<Builder&>(b).input("t", shape_of(batch, width), PortKind::target);
  static_cast<Builder&>(b).input("w", shape_of(batch, of_weight), PortKind::weight);
  b.output(weighted_by("w", loss)(y, target), "loss");
  REQUIRE_FALSE(b.diagnostic());
  reference::Interpreter values(b.view(), samples);
  values.named("z").values = z;
  values.named("t").values = t;
  values.named("w").values = w;
  values.run();
  return values.scalar("loss");
}

/// Σ w e, or Σ w e / Σ w of a mean.
template <class Error>
double expected_of(Error error, bool is_mean, int of_weight, const Numbers& z, const Numbers& t,
                   const Numbers& w) {
  double total = 0, weights = 0;
  for (std::size_t i = 0; i < z.size(); ++i) {
    const double weight = w[of_weight == 1 ? i / width : i];
    total += weight * error(z[i], t[i]);
    weights += weight;
  }
  return is_mean ? total / weights : total / samples;
}

template <class Loss, class Error>
void check_loss(Loss loss, bool is_mean, Error error, double low = -1, double high = 1) {
  const Numbers z = numbers(1, low, high), t = numbers(2, 0.1, 0.9);
  for (const int of_weight : {1, width}) {
    INFO("weights for each sample: " << of_weight);
    const Numbers w = numbers(3, 0, 2, of_weight);
    CHECK(loss_of(loss, of_weight, z, t, w) ==
          Approx(expected_of(error, is_mean, of_weight, z, t, w)).epsilon(1e-6));
    // Equal weights change nothing.
    const Numbers ones(w.size(), 1.0), halves(w.size(), 0.5);
    const double plain = loss_of(loss, of_weight, z, t, ones);
    CHECK(loss_of(loss, of_weight, z, t, halves) == Approx(is_mean ? plain : plain / 2).epsilon(1e-6));
    CHECK(loss_of(loss, of_weight, z, t, Numbers(w.size(), 0.0)) == 0);
  }
}

}  // namespace

TEST_CASE("losses by weights: the weighted mean of errors, or their weighted sum over a sample") {
  check_loss(mean_squared_error, true, [](double y, double t) { return (y - t) * (y - t); });
  check_loss(gaussian, false, [](double y, double t) { return (y - t) * (y - t) / 2; });
  const auto entropy = [](double y, double t) { return -t * std::log(y) - (1 - t) * std::log(1 - y); };
  check_loss(binary_cross_entropy, true, entropy, 0.1, 0.9);
  check_loss(bernoulli, false, entropy, 0.1, 0.9);
  check_loss(huber(0.25f), true, [](double y, double t) {
    const double e = std::fabs(y - t);
    return e <= 0.25 ? e * e / 2 : 0.25 * (e - 0.125);
  });
}

TEST_CASE("weights of images: one for each sample, or one for each value") {
  for (const bool of_samples : {true, false}) {
    Scope b;
    Builder& writes = b;
    const Tensor y = writes.input("y", shape_of(batch, 2, 3, 2));
    const Tensor t = writes.input("t", shape_of(batch, 2, 3, 2), PortKind::target);
    if (of_samples) b.weight<1>("w");
    else b.weight<2, 3, 2>("w");
    b.output(weighted_by("w", mean_squared_error)(y, t), "loss");
    REQUIRE_FALSE(b.diagnostic());
    reference::Interpreter values(b.view(), samples);
    double total = 0, weights = 0;
    Numbers& w = values.named("w").values;
    for (std::size_t i = 0; i < w.size(); ++i) w[i] = uniform(3, i, 0, 2);
    for (std::size_t i = 0; i < samples * 12; ++i) {
      const double a = uniform(1, i, -1, 1), c = uniform(2, i, -1, 1), weight = w[of_samples ? i / 12 : i];
      values.named("y").values[i] = a;
      values.named("t").values[i] = c;
      total += weight * (a - c) * (a - c);
      weights += weight;
    }
    values.run();
    CHECK(values.scalar("loss") == Approx(total / weights).epsilon(1e-6));
  }
}

namespace {

struct Headed {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<5>("x");
    g.target<3>("label");
    auto code = bottleneck(dense<2>(x, "code"));
    auto y = dense<5>(code, "out");
    // Behind the reconstruction, and nothing but a loss reads it besides.
    g.side_output(sigmoid(dense<3>(code, "head")), "probability");
    return y;
  });
  static constexpr auto training = train(
      model, compare("x", mean_squared_error) + term("class", compare("head", "label", binary_cross_entropy)),
      sgd{0.1f});
};

template <class Loss>
constexpr Diagnostic mistake_of(GraphView model, const Loss& loss) {
  return differentiate::loss_graph(model, loss).diagnostic();
}
constexpr GraphView headed = Headed::model.graph;
static_assert(!mistake_of(headed, Headed::training.loss));
static_assert(is(mistake_of(headed, compare("x", mean_squared_error)), Mistake::input_is_not_read, "label",
                 shape_of(batch, 3), {}));
static_assert(is(mistake_of(headed, compare("y", mean_squared_error)), Mistake::unknown_port, "y", {}, {}));
static_assert(mistake_of(headed, compare("neck", "label", mean_squared_error)).mistake == Mistake::unknown_name);
static_assert(is(mistake_of(headed, mean_squared_error), Mistake::loss_shapes_differ, "out", shape_of(batch, 5),
                 shape_of(batch, 3)));
static_assert(is(mistake_of(headed, compare("x", weighted_by("label", mean_squared_error))),
                 Mistake::weight_shape_differs, "label", shape_of(batch, 3), shape_of(batch, 5)));

}  // namespace

TEST_CASE("a loss compares what it is told to: layers with inputs, the data among them") {
  Builder b = differentiate::loss_graph(headed, Headed::training.loss);
  REQUIRE_FALSE(b.diagnostic());
  reference::Interpreter values(b.view(), samples);
  for (int i = 0; i < values.size(); ++i)
    if (is_input(values.node(i)) || is_parameter(values.node(i)))
      for (std::size_t e = 0; e < values[i].values.size(); ++e)
        values[i].values[e] = uniform(static_cast<std::uint32_t>(i), e, 0.1, 0.9);
  values.run();
  const GraphView model{b.view().nodes, headed.size};
  const Numbers& y = values[Scope::find_result(model, "out")].values;
  const Numbers& p = values[Scope::find_result(model, "head")].values;
  const Numbers& x = values.named("x").values;
  const Numbers& t = values.named("label").values;
  double mse = 0, bce = 0;
  for (std::size_t i = 0; i < y.size(); ++i) mse += (y[i] - x[i]) * (y[i] - x[i]) / static_cast<double>(y.size());
  for (std::size_t i = 0; i < p.size(); ++i)
    bce -= (t[i] * std::log(p[i]) + (1 - t[i]) * std::log(1 - p[i])) / static_cast<double>(p.size());
  CHECK(values.scalar("mse") == Approx(mse).epsilon(1e-9));
  CHECK(values.scalar("class") == Approx(bce).epsilon(1e-9));
  CHECK(values.scalar("loss") == Approx(mse + bce).epsilon(1e-9));
  CHECK(mistake_of(headed, compare("y", mean_squared_error)).mistake == Mistake::unknown_port);
}
