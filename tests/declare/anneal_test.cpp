// Numbers that change with the step.
#include "declare/loss_values.hpp"
#include "declare/mistakes.hpp"
#include "support/catch.hpp"

#include <numbers>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

double value_at(Annealed number, double step) {
  Builder b;
  b.output(number.value(b), "value");
  CHECK_FALSE(b.diagnostic());
  reference::Interpreter values(b.view(), 1);
  values.run(step);
  return values.scalar("value");
}
/// A learning rate, given the host's.
double rate_at(Annealed number, double step, double rate) {
  Builder b;
  b.output(number.scaled(b.host_scalar(HostScalar::learning_rate)), "rate");
  reference::Interpreter values(b.view(), 1);
  values.run(step, rate);
  return values.scalar("rate");
}
constexpr double end = 1e30;

}  // namespace

TEST_CASE("a plain number stays as it is") {
  for (const double step : {1.0, 100.0, end}) {
    CHECK(value_at(0.25f, step) == 0.25);
    CHECK(value_at(anneal::constant(0.25f), step) == 0.25);
  }
}

TEST_CASE("from the first value at step 1 to the last, and no further") {
  CHECK(value_at(anneal::linear(1, 3, 8), 1) == Approx(1));
  CHECK(value_at(anneal::linear(1, 3, 8), 3) == Approx(1.5));
  CHECK(value_at(anneal::linear(1, 3, 8), 5) == Approx(2));
  for (const double step : {9.0, 10.0, 1000.0, end}) CHECK(value_at(anneal::linear(1, 3, 8), step) == Approx(3));
  CHECK(value_at(anneal::linear(3, -1, 1), 1) == Approx(3));
  CHECK(value_at(anneal::linear(3, -1, 1), 2) == Approx(-1));
}

TEST_CASE("half a period of a cosine") {
  const Annealed down = anneal::cosine(2, 0.5f, 12);
  for (const double step : {1.0, 2.0, 4.0, 7.0, 10.0, 12.0})
    CHECK(value_at(down, step) == Approx(0.5 + 0.75 * (1 + std::cos(std::numbers::pi * (step - 1) / 12))));
  for (const double step : {13.0, 14.0, 1000.0, end}) CHECK(value_at(down, step) == Approx(0.5));
  CHECK(value_at(anneal::cosine(0, 1, 4), 3) == Approx(0.5));
}

TEST_CASE("a learning rate is the host's, made smaller as its schedule says") {
  const Annealed down = anneal::linear(0.1f, 0.02f, 10), warm = anneal::cosine(0, 0.1f, 10);
  CHECK(down.peak() == 0.1f);
  CHECK(warm.peak() == 0.1f);
  CHECK(rate_at(down, 1, 0.1) == Approx(0.1));
  CHECK(rate_at(down, 6, 0.1) == Approx(0.06));
  CHECK(rate_at(down, 6, 0.2) == Approx(0.12));
  CHECK(rate_at(down, 50, 0.2) == Approx(0.04));
  CHECK(rate_at(warm, 1, 0.3) == Approx(0).margin(1e-9));
  CHECK(rate_at(warm, 11, 0.3) == Approx(0.3));
  CHECK(rate_at(0.1f, 11, 0.3) == 0.3);
  // Nothing to scale: the host's rate does not matter.
  CHECK(rate_at(anneal::linear(0, 0, 5), 3, 0.3) == 0);
}

namespace {

constexpr auto model = autoencoder(encoder(input<7>("x")), bottleneck(dense<3>("code")), decoder(dense<7>("out")));
constexpr float declared_rate(GraphView graph) {
  for (const Node& node : graph)
    if (node.op == Op::host_scalar && node.attribute.as<HostScalar>() == HostScalar::learning_rate)
      return node.value;
  return -1;
}
constexpr bool rates_are_declared() {
  const auto rate = [](const auto& optimizer) {
    return declared_rate(differentiate::training_graph(model.graph, mean_squared_error, optimizer).view());
  };
  return rate(sgd{anneal::linear(0.5f, 0.25f, 10)}) == 0.5f &&
         rate(adam{anneal::cosine(0, 0.125f, 10)}) == 0.125f && rate(adam_w{0.25f}) == 0.25f;
}
static_assert(rates_are_declared());

constexpr bool has_no_length(Diagnostic found, const char* layer, int steps) {
  return is(found, Mistake::size_not_positive, layer, shape_of(batch, steps), shape_of(batch, 1));
}
constexpr bool lengths_are_checked() {
  const auto never = anneal::linear(0, 1, 0) * mean_squared_error;
  const auto sum = mean_squared_error + anneal::cosine(0, 1, -3) * l1_activity("code");
  return has_no_length(differentiate::loss_graph(model.graph, never).diagnostic(), "loss", 0) &&
         has_no_length(differentiate::loss_graph(model.graph, sum).diagnostic(), "loss", -3) &&
         has_no_length(differentiate::training_graph(model.graph, mean_squared_error, sgd{anneal::linear(1, 0, 0)})
                           .diagnostic(),
                       "optimizer", 0);
}
static_assert(lengths_are_checked());

}  // namespace

TEST_CASE("a schedule's largest value is the rate that the host starts with") { CHECK(rates_are_declared()); }

TEST_CASE("a schedule has at least one step") { CHECK(lengths_are_checked()); }
