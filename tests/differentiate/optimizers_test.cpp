// The optimizers' update graphs against loops written by hand, over several steps.
#include <isthmus/declare.hpp>
#include <isthmus/differentiate/training.hpp>

#include "differentiate/update_graph.hpp"
#include "support/catch.hpp"
#include "support/numbers.hpp"
#include "support/reference.hpp"

#include <functional>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

static_assert(count(update_graph(sgd{}), Op::assign) == 2 && count(update_graph(sgd{}), Op::state) == 0);
static_assert(count(update_graph(sgd{0.1f, 0.9f}), Op::assign) == 4 &&
              count(update_graph(sgd{0.1f, 0.9f}), Op::state) == 2);
static_assert(count(update_graph(adam{}), Op::assign) == 6 && count(update_graph(adam{}), Op::state) == 4);
static_assert(count(update_graph(adam_w{}), Op::assign) == 6 && count(update_graph(adam_w{}), Op::state) == 4);
static_assert(count(update_graph(rms_prop{}), Op::assign) == 4 && count(update_graph(rms_prop{}), Op::state) == 2);
static_assert(count(update_graph(rms_prop{.momentum = 0.5f, .centered = true}), Op::assign) == 8 &&
              count(update_graph(rms_prop{.momentum = 0.5f, .centered = true}), Op::state) == 6);
static_assert(count(update_graph(lion{}), Op::assign) == 4 && count(update_graph(lion{}), Op::state) == 2);

/// One element by hand: w, its moments, the gradient, the step, whether it belongs to a matrix.
struct Element {
  double w, m = 0, v = 0, u = 0;
};
using ByHand = std::function<void(Element&, double g, double step, double rate, bool matrix)>;

template <class Optimizer>
void compare(const Optimizer& optimizer, const ByHand& by_hand) {
  const Builder b = update_graph(optimizer);
  reference::Interpreter graph(b.view(), 1);
  std::vector<Element> expected;
  const auto fill = [&](const char* name, std::uint32_t stream) {
    auto& values = graph.named(name).values;
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = uniform(stream, i, -1, 1);
      expected.push_back({values[i]});
    }
  };
  fill("layer.weight", 1);
  fill("layer.bias", 2);
  for (int step = 1; step <= 7; ++step) {
    const double rate = step < 4 ? 0.05 : 0.02;  // The host may change it.
    std::vector<double> gradients;
    for (const char* name : {"g", "h"}) {
      auto& values = graph.named(name).values;
      for (std::size_t i = 0; i < values.size(); ++i)
        gradients.push_back(values[i] = uniform(static_cast<std::uint32_t>(10 + step), gradients.size(), -2, 2));
    }
    graph.run(step, rate);
    graph.commit();
    for (std::size_t i = 0; i < expected.size(); ++i)
      by_hand(expected[i], gradients[i], step, rate, i < std::size_t{rows * columns});
    std::vector<double> found = graph.named("layer.weight").values, wanted;
    for (const double x : graph.named("layer.bias").values) found.push_back(x);
    for (const Element& e : expected) wanted.push_back(e.w);
    INFO("step " << step);
    CHECK(largest_error(found, wanted, 1e-3) < 1e-6);
  }
}

/// As in the papers: first and second moments, each divided by 1 - βᵗ, ε beside the root of v.
void adam_by_hand(Element& e, double g, double step, double rate) {
  const double b1 = double{0.9f}, b2 = double{0.999f}, epsilon = double{1e-7f};
  e.m = b1 * e.m + (1 - b1) * g;
  e.v = b2 * e.v + (1 - b2) * g * g;
  const double corrected = rate * std::sqrt(1 - std::pow(b2, step)) / (1 - std::pow(b1, step));
  e.w -= corrected * e.m / (std::sqrt(e.v) + epsilon);
}

}  // namespace

TEST_CASE("stochastic gradient descent") {
  compare(sgd{0.05f}, [](Element& e, double g, double, double rate, bool) { e.w -= rate * g; });
}

TEST_CASE("stochastic gradient descent with momentum") {
  compare(sgd{0.05f, 0.9f}, [](Element& e, double g, double, double rate, bool) {
    e.m = double{0.9f} * e.m - rate * g;
    e.w += e.m;
  });
}

TEST_CASE("Adam") {
  compare(adam{}, [](Element& e, double g, double step, double rate, bool) { adam_by_hand(e, g, step, rate); });
}

TEST_CASE("AdamW decays matrices and leaves vectors alone") {
  compare(adam_w{}, [](Element& e, double g, double step, double rate, bool matrix) {
    const double decay = matrix ? rate * double{0.004f} * e.w : 0;
    adam_by_hand(e, g, step, rate);
    e.w -= decay;
  });
}

TEST_CASE("RMSprop, with and without momentum, centered and not") {
  for (const bool centered : {false, true})
    for (const float momentum : {0.0f, 0.9f}) {
      INFO("momentum " << momentum << ", centered " << centered);
      const rms_prop optimizer{.momentum = momentum, .epsilon = 1e-5f, .centered = centered};
      compare(optimizer, [=](Element& e, double g, double, double rate, bool) {
        const double rho = double{0.9f};
        e.v = rho * e.v + (1 - rho) * g * g;
        e.m = rho * e.m + (1 - rho) * g;
        const double variance = e.v - (centered ? e.m * e.m : 0);
        e.u = double{momentum} * e.u + rate * g / std::sqrt(variance + double{1e-5f});
        e.w -= e.u;
      });
    }
}

TEST_CASE("a centered RMSprop of a gradient that stays the same goes on with finite steps") {
  // As rounding to floats may leave them: v − a² is below zero by more than ε.
  const Builder b = update_graph(rms_prop{.epsilon = 1e-12f, .centered = true});
  reference::Interpreter graph(b.view(), 1);
  for (double& squares : graph.named("layer.weight.squares").values) squares = 1 - 1e-7;
  for (double& average : graph.named("layer.weight.average").values) average = 1;
  for (double& g : graph.named("g").values) g = 1;
  graph.run(1, 1e-3);
  graph.commit();
  for (const double w : graph.named("layer.weight").values) CHECK(std::isfinite(w));
}

TEST_CASE("Lion moves by the sign of its momentum, decays matrices and leaves vectors alone") {
  for (const float decay : {0.0f, 0.125f})
    compare(lion{.weight_decay = decay}, [=](Element& e, double g, double, double rate, bool matrix) {
      const double b1 = double{0.9f}, b2 = double{0.99f}, mixed = b1 * e.m + (1 - b1) * g;
      const double direction = (mixed > 0) - (mixed < 0) + (matrix ? double{decay} * e.w : 0);
      e.w -= rate * direction;
      e.m = b2 * e.m + (1 - b2) * g;
    });
}

namespace {

struct Small {
  static constexpr auto model =
      autoencoder(encoder(input<7>("x")), bottleneck(dense<3>("code") | isthmus::tanh), decoder(dense<7>("out")));
};

}  // namespace

TEST_CASE("a training graph assigns every parameter and every moment once") {
  constexpr auto sound = [] {
    const Builder b = differentiate::training_graph(Small::model.graph, mean_squared_error, adam{});
    int outputs = 0, assigned = 0;
    for (int i = 0; i < b.size(); ++i) {
      outputs += b[i].op == Op::output;
      if (b[i].op != Op::parameter && b[i].op != Op::state) continue;
      int times = 0;
      for (const Node& node : b.view()) times += node.op == Op::assign && node.inputs[0] == i;
      if (times != 1) return false;
      ++assigned;
    }
    return outputs == 1 && assigned == 4 * 3 && !b.diagnostic();
  };
  static_assert(sound());
  CHECK(sound());
}

TEST_CASE("the declared learning rate is the host scalar's value") {
  const Builder b = differentiate::training_graph(Small::model.graph, mean_squared_error, adam_w{0.25f});
  float rate = 0;
  for (const Node& node : b.view())
    if (node.op == Op::host_scalar && node.attribute == HostScalar::learning_rate) rate = node.value;
  CHECK(rate == 0.25f);
}

TEST_CASE("a training step updates every parameter but a statistic") {
  Builder b;
  const Tensor w = b.parameter("weight", shape_of(columns));
  const Tensor mean = b.statistic("mean", shape_of(columns), 0.5f);
  b.output(sum(square(w - mean)), "loss");
  const Builder step = differentiate::step_graph(b.view(), sgd{});
  std::vector<int> updated;
  for (const Node& node : step.view())
    if (node.op == Op::assign) updated.push_back(node.inputs[0]);
  CHECK(updated == std::vector<int>{w.id});
}

namespace {

/// Updates parameters as `how` says.
struct UpdatedAs {
  Annealed learning_rate = 0.1f;
  void (*how)(Tensor parameter, Tensor gradient, Tensor rate);
  constexpr void update(Tensor parameter, Tensor gradient, Tensor rate, Tensor) const {
    how(parameter, gradient, rate);
  }
};

Diagnostic mistake_in(void (*how)(Tensor parameter, Tensor gradient, Tensor rate)) {
  Builder b;
  const Tensor x = b.input("x", shape_of(batch, 5));
  b.in_layer("layer");
  b.output(sum(x * b.parameter("weight", shape_of(5))), "loss");
  return differentiate::step_graph(b.view(), UpdatedAs{.how = how}).diagnostic();
}

}  // namespace

TEST_CASE("an optimizer assigns what it updates, in its shape") {
  CHECK_FALSE(mistake_in([](Tensor p, Tensor g, Tensor rate) { p.builder->assign(p, p - rate * g); }));
  // Frozen: it keeps its value.
  CHECK_FALSE(mistake_in([](Tensor, Tensor, Tensor) {}));
  const Diagnostic nothing = mistake_in([](Tensor p, Tensor g, Tensor rate) {
    const Tensor velocity = p.builder->state(p, "velocity");
    p.builder->assign(velocity, 0.9f * velocity + rate * g);
  });
  CHECK(nothing.mistake == Mistake::never_assigned);
  CHECK(std::string(nothing.layer) == "layer");
  CHECK(std::string(nothing.other) == "weight");
  const Diagnostic memory = mistake_in([](Tensor p, Tensor g, Tensor rate) {
    p.builder->assign(p, p - rate * (g + p.builder->state(p, "velocity")));
  });
  CHECK(memory.mistake == Mistake::never_assigned);
  CHECK(std::string(memory.other) == "velocity");
  const Diagnostic scalar = mistake_in([](Tensor p, Tensor g, Tensor) { p.builder->assign(p, sum(g)); });
  CHECK(scalar.mistake == Mistake::assigned_shapes_differ);
  CHECK(std::string(scalar.layer) == "layer");
  CHECK(scalar.first == shape_of(5));
  CHECK(scalar.second == Shape{});
}
