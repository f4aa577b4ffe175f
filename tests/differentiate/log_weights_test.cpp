// The logarithms of importance weights as graphs: every kind of likelihood against its formula, and where there
// are none.
#include <isthmus/declare.hpp>
#include <isthmus/plan/stages.hpp>

#include "support/catch.hpp"
#include "support/numbers.hpp"
#include "support/reference.hpp"

#include <cmath>
#include <string>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr int samples = 3;

/// A code of two values, a picture of five and three marks, each with a target and a weight.
template <class Loss, Loss (*loss)()>
struct Modelled {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<5>("x");
    g.target<5>("whole");
    g.target<3>("marks");
    g.weight<5>("mask");
    g.weight<1>("count");
    auto z = bottleneck(reparameterize(dense<2>(x, "mu"), dense<2>(x, "log_var")));
    auto y = sigmoid(dense<5>(z, "out"));
    g.side_output(dense<3>(z, "head"), "marked");
    return y;
  });
  // Every input is read.
  static constexpr auto training =
      train(model,
            loss() + 0.0f * term("all", compare("head", "marks", mean_squared_error)) +
                0.0f * term("masked", weighted_by("mask", mean_squared_error)) +
                0.0f * term("counted", weighted_by("count", mean_squared_error)),
            sgd{0.1f});
};

constexpr bool has_log_weight(GraphView graph) {
  for (const Node& node : graph)
    if (node.op == Op::side_output && same_text(node.label.layer, "log_weight"))
      return node.shape == shape_of(batch, 1);
  return false;
}

const double pi = std::acos(-1.0);
double log_normal(double x, double mean, double variance) {
  return -0.5 * (std::log(2 * pi * variance) + (x - mean) * (x - mean) / variance);
}

/// The values of the first node of this layer, or of one so far behind it.
const std::vector<double>& values_of(reference::Interpreter& values, const char* layer, Op op, int behind = 0) {
  for (int i = 0; i < values.size(); ++i)
    if (values.node(i).op == op && same_text(values.node(i).label.layer, layer)) return values[i + behind].values;
  throw std::logic_error(layer);
}
/// A dense layer's result is the sum behind its product.
const std::vector<double>& result_of(reference::Interpreter& values, const char* layer) {
  return values_of(values, layer, Op::matmul, 2);
}
/// The graph of an evaluation with values for every leaf.
template <class M>
reference::Interpreter evaluation_of() {
  static_assert(has_log_weight(plan::source<M, Role::evaluate>));
  static_assert(!has_log_weight(plan::source<M, Role::train>));
  constexpr GraphView graph = plan::source<M, Role::evaluate>;
  reference::Interpreter values(graph, samples);
  for (int i = 0; i < values.size(); ++i)
    if (values.node(i).op == Op::input || values.node(i).op == Op::parameter)
      for (std::size_t e = 0; e < values[i].values.size(); ++e)
        values[i].values[e] = uniform(static_cast<std::uint32_t>(i), e, 0.05, 0.95);
  return values;
}

/// Checks log w = log p(x | z) + log p(z) - log q(z | x); `log_likelihood` gives the first of a sample.
template <class LogLikelihood>
void check_weights(reference::Interpreter& values, LogLikelihood log_likelihood) {
  values.run();
  const auto& z = values_of(values, "z", Op::bottleneck);
  const auto& mu = result_of(values, "mu");
  const auto& log_var = result_of(values, "log_var");
  for (std::size_t s = 0; s < samples; ++s) {
    double weight = log_likelihood(s);
    for (std::size_t j = s * 2; j < s * 2 + 2; ++j)
      weight += log_normal(z[j], 0, 1) - log_normal(z[j], mu[j], std::exp(log_var[j]));
    CHECK(values.named("log_weight").values.at(s) == Approx(weight).epsilon(1e-6));
  }
}
/// `expected` is given the logits and the marks of a sample as well.
template <class M, class Expected>
void check_weights(Expected expected) {
  reference::Interpreter values = evaluation_of<M>();
  check_weights(values, [&](std::size_t s) {
    return expected(values, &result_of(values, "out")[s * 5], &result_of(values, "head")[s * 3], s);
  });
}

double log_bernoulli(double t, double logit) {
  const double p = 1 / (1 + std::exp(-logit));
  return t * std::log(p) + (1 - t) * std::log(1 - p);
}

constexpr auto of_picture() { return bernoulli; }
constexpr auto of_annealed() { return anneal::linear(0.0f, 3.0f, 5) * bernoulli; }
constexpr auto of_marks() { return compare("head", "marks", gaussian); }
constexpr auto of_both() { return 2.0f * term("p", bernoulli) + term("m", compare("head", "marks", gaussian)); }
constexpr auto of_observed() { return weighted_by("mask", gaussian); }
constexpr auto of_counted() { return weighted_by("count", bernoulli); }

}  // namespace

TEST_CASE("log weights: a Bernoulli likelihood, whatever its weight in the loss") {
  const auto expected = [](reference::Interpreter& values, const double* logits, const double*, std::size_t s) {
    double sum = 0;
    for (std::size_t i = 0; i < 5; ++i) sum += log_bernoulli(values.named("whole").values[s * 5 + i], logits[i]);
    return sum;
  };
  check_weights<Modelled<decltype(of_picture()), of_picture>>(expected);
  check_weights<Modelled<decltype(of_annealed()), of_annealed>>(expected);
}

TEST_CASE("log weights: a normal likelihood with its constant, of another layer and another input") {
  const auto expected = [](reference::Interpreter& values, const double*, const double* head, std::size_t s) {
    double sum = 0;
    for (std::size_t i = 0; i < 3; ++i) sum += log_normal(values.named("marks").values[s * 3 + i], head[i], 1);
    return sum;
  };
  check_weights<Modelled<decltype(of_marks()), of_marks>>(expected);
}

TEST_CASE("log weights: two likelihoods are independent, given the code") {
  check_weights<Modelled<decltype(of_both()), of_both>>(
      [](reference::Interpreter& values, const double* logits, const double* head, std::size_t s) {
        double sum = 0;
        for (std::size_t i = 0; i < 5; ++i)
          sum += log_bernoulli(values.named("whole").values[s * 5 + i], logits[i]);
        for (std::size_t i = 0; i < 3; ++i) sum += log_normal(values.named("marks").values[s * 3 + i], head[i], 1);
        return sum;
      });
}

TEST_CASE("log weights: what counts less in the loss counts less, by the value or by the sample") {
  check_weights<Modelled<decltype(of_observed()), of_observed>>(
      [](reference::Interpreter& values, const double* logits, const double*, std::size_t s) {
        double sum = 0;
        for (std::size_t i = 0; i < 5; ++i)
          sum += values.named("mask").values[s * 5 + i] *
                 log_normal(values.named("whole").values[s * 5 + i], 1 / (1 + std::exp(-logits[i])), 1);
        return sum;
      });
  check_weights<Modelled<decltype(of_counted()), of_counted>>(
      [](reference::Interpreter& values, const double* logits, const double*, std::size_t s) {
        double sum = 0;
        for (std::size_t i = 0; i < 5; ++i)
          sum += log_bernoulli(values.named("whole").values[s * 5 + i], logits[i]);
        return sum * values.named("count").values[s];
      });
}

namespace {

/// What is missing is not observed.
struct Missing {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<5>("x", with_missing) | fill_missing(0.0f);
    return dense<5>(bottleneck(reparameterize(dense<2>(x, "mu"), dense<2>(x, "log_var"))), "out");
  });
  static constexpr auto training = train(model, where_present(gaussian) + gaussian_kl("mu", "log_var"), sgd{0.1f});
};

struct NoLikelihood {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<5>("x");
    return dense<5>(bottleneck(reparameterize(dense<2>(x, "mu"), dense<2>(x, "log_var"))), "out");
  });
  static constexpr auto training = train(model, mean_squared_error + gaussian_kl("mu", "log_var"), sgd{0.1f});
};
struct NotDrawn {
  static constexpr auto model = autoencoder(encoder(input<5>("x"), gaussian_noise(0.5f)),
                                            bottleneck(dense<2>("code")), decoder(dense<5>("out")));
  static constexpr auto training = train(model, gaussian, sgd{0.1f});
};
/// What is drawn is not what the decoder reads.
struct DrawnBefore {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<5>("x");
    auto z = reparameterize(dense<2>(x, "mu"), dense<2>(x, "log_var"));
    return dense<5>(bottleneck(dense<2>(z, "code")), "out");
  });
  static constexpr auto training = train(model, gaussian, sgd{0.1f});
};
static_assert(!has_log_weight(plan::source<NoLikelihood, Role::evaluate>));
static_assert(!has_log_weight(plan::source<NotDrawn, Role::evaluate>));
static_assert(!has_log_weight(plan::source<DrawnBefore, Role::evaluate>));

}  // namespace

TEST_CASE("log weights: of values that are missing the others count") {
  reference::Interpreter values = evaluation_of<Missing>();
  std::vector<double>& x = values.named("x").values;
  x[0] = x[8] = x[9] = std::nan("");
  check_weights(values, [&](std::size_t s) {
    double sum = 0;
    for (std::size_t i = s * 5; i < s * 5 + 5; ++i)
      if (!std::isnan(x[i])) sum += log_normal(x[i], result_of(values, "out")[i], 1);
    return sum;
  });
}

TEST_CASE("no log weights without a likelihood, or without a code that is drawn") {
  CHECK_FALSE(has_log_weight(plan::source<NoLikelihood, Role::evaluate>));
  CHECK_FALSE(has_log_weight(plan::source<NotDrawn, Role::evaluate>));
  CHECK_FALSE(has_log_weight(plan::source<DrawnBefore, Role::evaluate>));
}
