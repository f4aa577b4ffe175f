// The optimizers' update graphs against loops written by hand, over several steps.
#include <isthmus/declare.hpp>
#include <isthmus/differentiate/training.hpp>

#include "support/catch.hpp"
#include "support/numbers.hpp"
#include "support/reference.hpp"

#include <functional>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr int rows = 3, columns = 5;

/// One matrix and one vector, whose gradients are inputs: loss = sum(w · g) + sum(b · h).
template <class Optimizer>
constexpr Builder update_graph(const Optimizer& optimizer) {
  Builder b;
  const Tensor g = b.input("g", shape_of(rows, columns)), h = b.input("h", shape_of(columns));
  b.in_layer("layer");
  const Tensor w = b.parameter("weight", shape_of(rows, columns), {}),
               bias = b.parameter("bias", shape_of(columns), {});
  const Tensor loss = sum(w * g) + sum(bias * h);
  const auto gradient = differentiate::gradients(loss, {w, bias});
  const Tensor step = b.host_scalar(HostScalar::step), rate = b.host_scalar(HostScalar::learning_rate);
  optimizer.update(w, gradient[0], rate, step);
  optimizer.update(bias, gradient[1], rate, step);
  return b;
}

constexpr int count(const Builder& b, Op op) {
  int found = 0;
  for (const Node& node : b.view()) found += node.op == op;
  return found;
}
static_assert(count(update_graph(sgd{}), Op::assign) == 2 && count(update_graph(sgd{}), Op::state) == 0);
static_assert(count(update_graph(sgd{0.1f, 0.9f}), Op::assign) == 4 &&
              count(update_graph(sgd{0.1f, 0.9f}), Op::state) == 2);
static_assert(count(update_graph(adam{}), Op::assign) == 6 && count(update_graph(adam{}), Op::state) == 4);
static_assert(count(update_graph(adam_w{}), Op::assign) == 6 &&
              count(update_graph(adam_w{}), Op::state) == 4);

/// One element by hand: w, its two moments, the gradient, the step, whether it belongs to a matrix.
struct Element {
  double w, m = 0, v = 0;
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
        gradients.push_back(values[i] =
                                uniform(static_cast<std::uint32_t>(10 + step), gradients.size(), -2, 2));
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
  compare(adam{},
          [](Element& e, double g, double step, double rate, bool) { adam_by_hand(e, g, step, rate); });
}

TEST_CASE("AdamW decays matrices and leaves vectors alone") {
  compare(adam_w{}, [](Element& e, double g, double step, double rate, bool matrix) {
    const double decay = matrix ? rate * double{0.004f} * e.w : 0;
    adam_by_hand(e, g, step, rate);
    e.w -= decay;
  });
}

namespace {

struct Small {
  static constexpr auto model = autoencoder(
      encoder(input<7>("x")), bottleneck(dense<3>("code") | isthmus::tanh), decoder(dense<7>("out")));
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
    if (node.op == Op::host_scalar && node.attribute == static_cast<int>(HostScalar::learning_rate))
      rate = node.value;
  CHECK(rate == 0.25f);
}

TEST_CASE("a training step updates every parameter but a statistic") {
  Builder b;
  const Tensor w = b.parameter("weight", shape_of(columns), {});
  const Tensor mean = b.statistic("mean", shape_of(columns), 0.5f);
  b.output(sum(square(w - mean)), "loss");
  const Builder step = differentiate::step_graph(b.view(), sgd{});
  std::vector<int> updated;
  for (const Node& node : step.view())
    if (node.op == Op::assign) updated.push_back(node.inputs[0]);
  CHECK(updated == std::vector<int>{w.id});
}
