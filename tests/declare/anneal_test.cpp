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

TEST_CASE("an exponential decay has the same factor in each step") {
  const Annealed down = anneal::exponential(0.1f, 0.001f, 50), up = anneal::exponential(0.5f, 8, 4);
  for (const double step : {1.0, 2.0, 26.0, 50.0, 51.0})
    CHECK(value_at(down, step) == Approx(0.1 * std::pow(0.01, (step - 1) / 50)).epsilon(1e-6));
  for (const double step : {51.0, 52.0, 1e6, end}) CHECK(value_at(down, step) == Approx(0.001).epsilon(1e-6));
  CHECK(value_at(up, 2) == Approx(1));
  CHECK(value_at(up, 3) == Approx(2));
  CHECK(up.peak() == 8);
}

TEST_CASE("a schedule behind another begins where that one ends, and the last value stays") {
  // Restarts, each twice as long and half as high.
  const Annealed restarts =
      anneal::sequence(anneal::cosine(1, 0, 10), anneal::cosine(0.5f, 0, 20), anneal::linear(0.25f, 0.125f, 40));
  const auto expected = [](double done) {
    const auto wave = [](double passed) { return 0.5 * (1 + std::cos(std::numbers::pi * passed)); };
    if (done < 10) return wave(done / 10);
    if (done < 30) return 0.5 * wave((done - 10) / 20);
    return 0.25 - 0.125 * std::min((done - 30) / 40, 1.0);
  };
  for (int step = 1; step < 100; ++step) {
    INFO("step " << step);
    CHECK(value_at(restarts, step) == Approx(expected(step - 1)).margin(1e-9));
  }
  CHECK(value_at(restarts, end) == Approx(0.125));
  CHECK(restarts.peak() == 1);
  CHECK(value_at(restarts.times(4), 11) == Approx(2));
  // A sequence of sequences is one.
  const Annealed nested = anneal::sequence(anneal::sequence(anneal::cosine(1, 0, 10), anneal::cosine(0.5f, 0, 20)),
                                           anneal::linear(0.25f, 0.125f, 40));
  for (const double step : {1.0, 11.0, 12.0, 31.0, 45.0})
    CHECK(value_at(nested, step) == value_at(restarts, step));
}

TEST_CASE("a warm-up goes to the schedule's first value, and the schedule comes later by that") {
  const Annealed whole = anneal::cosine(1e-3f, 1e-5f, 200), warm = anneal::warm_up(50, whole);
  const double first = double{1e-3f};
  for (const double step : {1.0, 2.0, 26.0, 50.0}) CHECK(value_at(warm, step) == Approx(first * (step - 1) / 50));
  for (const double step : {51.0, 52.0, 150.0, 250.0, 251.0, 400.0, end})
    CHECK(value_at(warm, step) == Approx(value_at(whole, step - 50)).epsilon(1e-6));
  CHECK(warm.peak() == 1e-3f);
  const Annealed from_tenth = anneal::warm_up(4, 0.5f, 0.1f);
  for (int step = 1; step < 9; ++step)
    CHECK(value_at(from_tenth, step) == Approx(0.5 * std::min(0.1 + 0.9 * (step - 1) / 4, 1.0)));
  // A rate is the host's share of it.
  CHECK(rate_at(warm, 26, 0.2) == Approx(0.1));
  CHECK(rate_at(warm, 51, 0.2) == Approx(0.2));
}

TEST_CASE("steps have each value as soon as so many steps are done") {
  const Annealed rate = anneal::steps(1, anneal::after(3, 0.5f), anneal::after(4, 0.25f), anneal::after(9, 2));
  for (int step = 1; step < 15; ++step) {
    const int done = step - 1;
    CHECK(value_at(rate, step) == (done < 3 ? 1 : done < 4 ? 0.5 : done < 9 ? 0.25 : 2));
  }
  CHECK(value_at(rate, end) == 2);
  CHECK(rate.peak() == 2);
  CHECK(value_at(anneal::steps(0.75f), 5) == 0.75);
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

constexpr Diagnostic mistake_in(const Annealed& rate) {
  return differentiate::training_graph(model.graph, mean_squared_error, sgd{rate}).diagnostic();
}
constexpr bool has_no_length(const Annealed& rate, int steps) {
  return has_no_length(mistake_in(rate), "optimizer", steps);
}
constexpr bool parts_are_checked() {
  Annealed longest = anneal::linear(1, 0, 1);
  for (int i = 1; i < Annealed::most_parts; ++i) longest = anneal::sequence(longest, anneal::linear(1, 0, 1));
  return has_no_length(anneal::warm_up(0, 0.1f), 0) &&
         has_no_length(anneal::warm_up(5, anneal::cosine(1, 0, -1)), -1) &&
         // Only the last part may go on for ever.
         has_no_length(anneal::sequence(anneal::constant(1), anneal::linear(1, 0, 5)), 0) &&
         has_no_length(anneal::steps(1, anneal::after(7, 0.1f), anneal::after(4, 0.01f)), -3) &&
         !mistake_in(anneal::sequence(anneal::constant(1, 5), anneal::linear(1, 0, 5), 0.5f)) &&
         is(mistake_in(anneal::exponential(1, 0, 5)), Mistake::schedule_value_not_positive, "optimizer") &&
         is(mistake_in(anneal::warm_up(5, anneal::exponential(-1, 1, 5))), Mistake::schedule_value_not_positive,
            "optimizer") &&
         is(mistake_in(anneal::warm_up(5, 0.1f, 1.0f)), Mistake::rate_out_of_range, "optimizer") &&
         is(mistake_in(anneal::warm_up(5, 0.1f, -0.5f)), Mistake::rate_out_of_range, "optimizer") &&
         !mistake_in(longest) &&
         is(mistake_in(anneal::warm_up(1, longest)), Mistake::schedule_too_long, "optimizer", shape_of(batch, 17),
            shape_of(batch, 16));
}
static_assert(parts_are_checked());

}  // namespace

TEST_CASE("a schedule's largest value is the rate that the host starts with") { CHECK(rates_are_declared()); }

TEST_CASE("a schedule has at least one step") { CHECK(lengths_are_checked()); }

TEST_CASE("parts of a schedule have a length, sixteen at most, and exponential ones positive values") {
  CHECK(parts_are_checked());
}
