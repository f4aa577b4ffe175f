// Small graphs of images, and what the tests of the rewrites ask of them.
#pragma once

#include <isthmus/declare/images.hpp>
#include <isthmus/declare/training_only.hpp>
#include <isthmus/differentiate/training.hpp>
#include <isthmus/plan/rewrites.hpp>

#include "plan/meaning.hpp"
#include "support/catch.hpp"
#include "support/node_kind.hpp"

namespace isthmus::testing {

/// `write(b, x)` of an image as a graph with the output `y`; an empty one if there was a mistake.
template <class Write>
constexpr Graph written(Write write, Shape image = shape_of(batch, 6, 4, 3)) {
  Scope b;
  b.in_layer("x");
  b.output(write(b, b.Builder::input("x", image)), "y");
  Graph graph;
  if (!b.diagnostic()) graph = b.graph();
  return graph;
}

constexpr int operations(const Graph& graph, NodeKind kind) {
  int count = 0;
  for (const Node& node : graph.nodes) count += kind.matches(node);
  return count;
}
/// Rewrites take a graph or the view of one.
template <class Rewrite>
constexpr int count_after(Rewrite rewrite, const Graph& graph, NodeKind kind) {
  return operations(rewrite(graph), kind);
}

/// One training step of all parameters, by what the graph gives.
inline Graph training_step(GraphView graph) {
  const auto loss = [](Tensor y, Tensor) { return mean(square(y - 0.3f)); };
  Builder b = differentiate::training_graph(graph, loss, sgd{});
  REQUIRE_FALSE(b.diagnostic());
  return b.graph();
}
/// The graph and the training step that is written after the rewrite mean what they meant.
template <class Rewrite>
void check_meaning(GraphView graph, Rewrite rewrite) {
  REQUIRE(graph.size > 2);
  const Graph after = rewrite(copy_of(graph));
  CHECK(difference(meaning_of(after, 2), meaning_of(graph, 2)) < 1e-9);
  const Graph before_step = training_step(graph), after_step = training_step(after);
  CHECK(difference(meaning_of(after_step, 2), meaning_of(before_step, 2)) < 1e-9);
}

/// As many results as there is room for.
constexpr Tensor convolution(Builder& b, Tensor x, const Window& window, int channels, const char* weight = "w") {
  const Shape s = x.shape();
  const auto results = [](int size, int taps, int stride, int pad) {
    return (size + 2 * pad - taps) / stride + 1;
  };
  const Shape weights = shape_of(window.height(), window.width(), s.channels(), channels);
  return b.conv2d(
      x, b.parameter(weight, weights), window,
      shape_of(results(s.height() * window.upsample(), window.height(), window.y().stride, window.y().pad),
               results(s.width() * window.upsample(), window.width(), window.x().stride, window.x().pad)));
}
inline constexpr Window same3{3, 3, 1, 1, 1, 1, 1}, valid3{3, 3, 1, 1, 0, 0, 1}, same5{5, 5, 1, 1, 2, 2, 1},
    strided{3, 3, 2, 2, 1, 1, 1}, wide{3, 5, 1, 1, 1, 2, 1};

constexpr Tensor biased(Builder& b, Tensor x) {
  return convolution(b, x, same3, 2) + b.parameter("bias", shape_of(2));
}

}  // namespace isthmus::testing
