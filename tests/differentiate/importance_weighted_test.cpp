// Losses that draw several codes of each sample: their value by plain loops, their gradients, what stays computed
// once, and mistakes.
#include <isthmus/declare.hpp>
#include <isthmus/plan/stages.hpp>

#include "declare/mistakes.hpp"
#include "differentiate/loss_error.hpp"
#include "support/catch.hpp"

#include <cmath>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr int samples = 3, draws = 3;

constexpr auto model = graph([](Scope& g) {
  auto x = g.input<5>("x");
  auto place = g.condition<2>("place");
  auto h = isthmus::tanh(dense<4>(x, "enc"));
  auto z = bottleneck(reparameterize(dense<2>(h, "mu"), dense<2>(h, "log_var")));
  auto d = isthmus::tanh(dense<6>(z, "dec") + dense<6>(place, "dec_place", no_bias));
  return sigmoid(dense<5>(d, "out"));
});
constexpr auto loss = importance_weighted<draws>(bernoulli);

/// The model with its modes as a loss sees them.
constexpr StaticGraph<100> resolved(plan::resolve_modes(model.graph, true, true));

int node_of(const reference::Interpreter& values, Op op, const char* layer, int behind = 0) {
  for (int i = 0; i < values.size(); ++i)
    if (values.node(i).op == op && same_text(values.node(i).label.layer, layer)) return i + behind;
  throw std::logic_error(layer);
}

const double pi = std::acos(-1.0);
double log_normal(double x, double mean, double variance) {
  return -0.5 * (std::log(2 * pi * variance) + (x - mean) * (x - mean) / variance);
}

}  // namespace

TEST_CASE("importance_weighted: minus the logarithm of the mean of weights, by plain loops") {
  Builder b = differentiate::loss_graph(resolved, loss);
  REQUIRE_FALSE(b.diagnostic());
  reference::Interpreter values(b.view(), samples);
  fill_leaves(values, Range::positive);
  values.run();
  const auto& z = values[node_of(values, Op::bottleneck, "z")].values;
  const auto& logits = values[node_of(values, Op::matmul, "out", 2)].values;
  const auto& mu = values[node_of(values, Op::matmul, "mu", 2)].values;
  const auto& log_var = values[node_of(values, Op::matmul, "log_var", 2)].values;
  REQUIRE(z.size() == samples * draws * 2);
  REQUIRE(logits.size() == samples * draws * 5);
  REQUIRE(mu.size() == samples * 2);
  double expected = 0;
  for (std::size_t s = 0; s < samples; ++s) {
    double mean = 0;
    for (std::size_t k = s * draws; k < (s + 1) * draws; ++k) {
      double weight = 0;
      for (std::size_t j = 0; j < 2; ++j) {
        const double variance = std::exp(log_var[s * 2 + j]);
        weight += log_normal(z[k * 2 + j], 0, 1) - log_normal(z[k * 2 + j], mu[s * 2 + j], variance);
      }
      for (std::size_t i = 0; i < 5; ++i) {
        const double p = 1 / (1 + std::exp(-logits[k * 5 + i])), t = values.named("x").values[s * 5 + i];
        weight += t * std::log(p) + (1 - t) * std::log(1 - p);
      }
      mean += std::exp(weight) / draws;
    }
    expected -= std::log(mean) / samples;
  }
  CHECK(values.scalar("loss") == Approx(expected).epsilon(1e-6));
}

TEST_CASE("gradients of importance_weighted") {
  for (const int count : {1, 3}) {
    INFO("batch " << count);
    CHECK(error_of(resolved, loss, count, Range::positive) < 1e-4);
    CHECK(error_of(resolved, 0.5f * importance_weighted<draws>(gaussian) + l1_activity("mu"), count) < 1e-4);
  }
}

namespace {

/// The rows that a layer's product has for each sample.
constexpr std::int64_t rows_of(GraphView graph, const char* layer) {
  for (const Node& node : graph)
    if (node.op == Op::matmul && same_text(node.label.layer, layer)) return node.shape.rows_per_sample();
  return 0;
}
constexpr bool encoder_runs_once() {
  const Builder b = differentiate::loss_graph(resolved, loss);
  return rows_of(b.view(), "enc") == 1 && rows_of(b.view(), "mu") == 1 && rows_of(b.view(), "dec_place") == 1 &&
         rows_of(b.view(), "dec") == draws && rows_of(b.view(), "out") == draws;
}
static_assert(encoder_runs_once());

struct Weighted {
  static constexpr auto model = ::model;
  static constexpr auto training = train(model, importance_weighted<7>(bernoulli), adam{});
};
/// A weight for each draw goes beside the loss of an evaluation; in use there is one code.
constexpr bool has_weights() {
  const GraphView graph = plan::source<Weighted, Role::evaluate>;
  for (const Node& node : graph)
    if (node.op == Op::side_output) return node.shape == shape_of(batch, 7);
  return false;
}
static_assert(has_weights());
constexpr bool has_one_code_in_use() {
  const GraphView graph = plan::source<Weighted, Role::decode>;
  for (const Node& node : graph)
    if (node.shape.rank > 2) return false;
  return graph.size > 0;
}
static_assert(has_one_code_in_use());

template <class Model, class Loss>
constexpr Diagnostic mistake_of(const Model& declared, const Loss& of) {
  return differentiate::loss_graph(plan::resolve_modes(declared.graph, true, true), of).diagnostic();
}
constexpr auto undrawn =
    autoencoder(encoder(input<5>("x")), bottleneck(dense<2>("code")), decoder(dense<5>("out") | sigmoid));
/// What is summed over a row would be one number for each draw beside rows.
constexpr auto summed = graph([](Scope& g) {
  auto x = g.input<5>("x");
  auto z = bottleneck(reparameterize(dense<2>(x, "mu"), dense<2>(x, "log_var")));
  return sigmoid(dense<5>(softmax(dense<6>(z, "dec")), "out"));
});
constexpr auto images = graph([](Scope& g) {
  auto h = flatten(g.input<4, 4, 1>("x"));
  auto z = bottleneck(reparameterize(dense<16>(h, "mu"), dense<16>(h, "log_var")));
  return sigmoid(conv2d<1, 3>(to_shape<4, 4, 1>(z), "out"));
});
static_assert(is(mistake_of(undrawn, loss), Mistake::code_is_not_drawn, "loss", shape_of(batch, 5), {}));
static_assert(mistake_of(images, loss).mistake == Mistake::draws_take_rows);
static_assert(mistake_of(summed, loss).mistake == Mistake::draws_take_rows);

}  // namespace

TEST_CASE("importance_weighted runs the encoder once, and gives an evaluation a weight for each draw") {
  CHECK(encoder_runs_once());
  CHECK(has_weights());
  CHECK(has_one_code_in_use());
}

TEST_CASE("importance_weighted needs a code that is drawn, and a decoder of rows") {
  CHECK(mistake_of(undrawn, loss).mistake == Mistake::code_is_not_drawn);
  CHECK(mistake_of(images, loss).mistake == Mistake::draws_take_rows);
}
