// Several steps that make one update, in double precision: beside one step by the mean of their gradients.
#include <isthmus/declare.hpp>
#include <isthmus/differentiate/training.hpp>

#include "differentiate/update_graph.hpp"
#include "support/catch.hpp"
#include "support/numbers.hpp"
#include "support/reference.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

/// A loss whose gradients are inputs, and whose weight is a schedule.
constexpr Builder loss_of_inputs() {
  Builder b;
  const Tensor g = b.input("g", shape_of(rows, columns)), h = b.input("h", shape_of(columns));
  b.in_layer("layer");
  const Tensor w = b.parameter("weight", shape_of(rows, columns)), bias = b.parameter("bias", shape_of(columns));
  const Tensor weight = anneal::linear(1.0f, 0.25f, 4).value(b);
  b.output(sum(w * g) + weight * sum(bias * h), "loss");
  return b;
}

constexpr int count_of(GraphView graph, Op op) {
  int found = 0;
  for (const Node& node : graph) found += node.op == op;
  return found;
}
constexpr int states(int accumulated) {
  return count_of(differentiate::step_graph(loss_of_inputs().view(), sgd{}, 0, accumulated).view(), Op::state);
}
static_assert(states(1) == 0 && states(2) == 2 && states(5) == 2);

constexpr bool one_step_writes_nothing() {
  const Builder plain = differentiate::step_graph(loss_of_inputs().view(), adam{}, 0.5f);
  const Builder one = differentiate::step_graph(loss_of_inputs().view(), adam{}, 0.5f, 1);
  return plain.size() == one.size() && count_of(one.view(), Op::state) == 4;
}
static_assert(one_step_writes_nothing());

constexpr Diagnostic mistake_of(int accumulated) {
  return differentiate::step_graph(loss_of_inputs().view(), sgd{}, 0, accumulated).diagnostic();
}
static_assert(!mistake_of(1) && !mistake_of(7));
static_assert(mistake_of(0).mistake == Mistake::size_not_positive && mistake_of(-2).first == shape_of(batch, -2));

template <class Optimizer>
void compare(const Optimizer& optimizer, float clip_norm, int parts) {
  INFO(parts << " parts, clipped to " << clip_norm);
  reference::Interpreter together(differentiate::step_graph(loss_of_inputs().view(), optimizer, clip_norm).view(),
                                  1);
  reference::Interpreter apart(
      differentiate::step_graph(loss_of_inputs().view(), optimizer, clip_norm, parts).view(), 1);
  for (const char* const name : {"layer.weight", "layer.bias"})
    for (reference::Interpreter* const graph : {&together, &apart}) {
      std::vector<double>& values = graph->named(name).values;
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = uniform(1, i, -1, 1);
    }
  for (int update = 1; update <= 6; ++update) {
    INFO("update " << update);
    const double rate = update < 4 ? 0.05 : 0.02;  // The host may change it.
    for (const char* const name : {"g", "h"}) {
      std::vector<double>& mean = together.named(name).values;
      std::fill(mean.begin(), mean.end(), 0.0);
    }
    for (int part = 1; part <= parts; ++part) {
      for (const char* const name : {"g", "h"}) {
        std::vector<double>& values = apart.named(name).values;
        for (std::size_t i = 0; i < values.size(); ++i) {
          values[i] = uniform(static_cast<std::uint32_t>(update * 10 + part), i, -2, 2);
          together.named(name).values[i] += values[i] / parts;
        }
      }
      apart.run((update - 1) * parts + part, rate);
      apart.commit();
    }
    together.run(update, rate);
    together.commit();
    for (int i = 0; i < together.size(); ++i) {
      const Node& node = together.node(i);
      if (!is_parameter(node) && !is_state(node)) continue;
      INFO(full_name(node.label));
      CHECK(largest_error(apart.named(full_name(node.label)).values, together[i].values, 1e-3) < 1e-12);
    }
    for (const double sum : apart.named("layer.weight.accumulated").values) CHECK(sum == 0);
  }
}

}  // namespace

TEST_CASE("steps that accumulate make the update of their mean gradient, whatever the optimizer") {
  const Annealed rate = anneal::warm_up(2, anneal::cosine(0.1f, 0.01f, 3), 0.5f);
  for (const int parts : {2, 3, 4})
    for (const float clip_norm : {0.0f, 0.5f}) {
      compare(sgd{rate, 0.9f}, clip_norm, parts);
      compare(averaged(adam{rate}, 0.75f), clip_norm, parts);
      compare(adam_w{rate}, clip_norm, parts);
      compare(rms_prop{.learning_rate = rate, .momentum = 0.5f, .centered = true}, clip_norm, parts);
      compare(lion{.learning_rate = rate, .weight_decay = 0.1f}, clip_norm, parts);
      compare(adafactor{.learning_rate = rate}, clip_norm, parts);
    }
}

TEST_CASE("until the last step parameters and the optimizer's memory keep their values") {
  reference::Interpreter graph(differentiate::step_graph(loss_of_inputs().view(), adam{}, 0, 3).view(), 1);
  for (double& g : graph.named("g").values) g = 1.5;
  for (const int step : {1, 2}) {
    graph.run(step, 0.1);
    graph.commit();
    for (const char* const name : {"layer.weight", "layer.weight.m", "layer.weight.v"})
      for (const double x : graph.named(name).values) CHECK(x == 0);
    for (const double x : graph.named("layer.weight.accumulated").values) CHECK(x == 1.5 * step);
  }
}
