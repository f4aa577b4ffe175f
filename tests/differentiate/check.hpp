// A gradient graph against central differences, both in double precision.
#pragma once

#include <isthmus/differentiate/gradient.hpp>

#include "support/numbers.hpp"
#include "support/reference.hpp"

#include <vector>

namespace isthmus::testing {

/// Where the leaves' values lie. `signed_values` stay away from zero, where some functions have a kink;
/// `distinct` ones of the same leaf stay away from each other, so that the largest stays the largest.
enum class Range { signed_values, positive, distinct };

inline double leaf_value(Range range, int node, std::size_t element) {
  const auto stream = static_cast<std::uint32_t>(node);
  // Neighbours up to 1008 apart differ by 0.003 at least.
  if (range == Range::distinct) return static_cast<double>((element + stream * 61) * 387 % 1009) * 0.003 - 1.5;
  if (range == Range::positive) return uniform(stream, element, 0.3, 2.0);
  const double x = uniform(stream, element, -1.5, 1.5);
  return x < 0 ? x - 0.1 : x + 0.1;
}

inline void fill_leaves(reference::Interpreter& values, Range range) {
  for (int i = 0; i < values.size(); ++i) {
    const Op op = values.node(i).op;
    if (op != Op::input && op != Op::parameter && op != Op::state) continue;
    for (std::size_t e = 0; e < values[i].values.size(); ++e) values[i].values[e] = leaf_value(range, i, e);
  }
}

/// Every input and parameter of a graph.
constexpr std::vector<Tensor> sources_of(Builder& b) {
  std::vector<Tensor> sources;
  for (int i = 0; i < b.size(); ++i)
    if (b[i].op == Op::input || b[i].op == Op::parameter) sources.push_back(b.tensor(i));
  return sources;
}

constexpr bool has_gradient(Op op, int operand) {
  Node node;
  node.op = op;
  return differentiate::has_gradient(node, operand);
}

/// A scalar that weighs every element of `x` differently, so that no two gradients are equal by chance.
constexpr Tensor weighted(Tensor x) { return sum(x * x.builder->input("probe", x.shape())); }

/// The largest relative error of `gradient[i]` as the gradient of `loss` with respect to `sources[i]`.
/// Elements below 1e-4 count as 1e-4.
inline double gradient_error(GraphView graph, Tensor loss, const std::vector<Tensor>& sources,
                             const std::vector<Tensor>& gradient, Range range, int samples) {
  reference::Interpreter values(graph, samples);
  fill_leaves(values, range);
  values.run();
  std::vector<std::vector<double>> found;
  for (const Tensor& g : gradient) found.push_back(values[g.id].values);
  double worst = 0;
  constexpr double h = 1e-5;
  for (std::size_t s = 0; s < sources.size(); ++s) {
    std::vector<double>& x = values[sources[s].id].values;
    if (found[s].size() != x.size()) return 1e300;
    for (std::size_t e = 0; e < x.size(); ++e) {
      const double kept = x[e];
      x[e] = kept + h;
      values.run();
      const double above = values[loss.id].values[0];
      x[e] = kept - h;
      values.run();
      const double below = values[loss.id].values[0];
      x[e] = kept;
      worst = std::max(worst, relative_error(found[s][e], (above - below) / (2 * h), 1e-4));
    }
  }
  return worst;
}

/// The error of the gradient of the scalar that `write` makes, in all its leaves.
template <class Write>
double first_order_error(Write write, Range range, int samples = 3) {
  Builder b;
  const Tensor loss = write(b);
  const std::vector<Tensor> sources = sources_of(b);
  const std::vector<Tensor> gradient = differentiate::gradients(loss, sources);
  if (b.diagnostic()) return 1e300;
  return gradient_error(b.view(), loss, sources, gradient, range, samples);
}

/// The sum of the squares of all first gradients: a function of the leaves whose gradient needs the rules of
/// the rules.
constexpr Tensor squared_gradients(Tensor loss, const std::vector<Tensor>& sources) {
  Tensor total = loss.builder->constant(0.0f);
  for (const Tensor& g : differentiate::gradients(loss, sources)) total = total + sum(square(g));
  return total;
}

template <class Write>
double second_order_error(Write write, Range range, int samples = 3) {
  Builder b;
  const Tensor loss = write(b);
  const std::vector<Tensor> sources = sources_of(b);
  const Tensor penalty = squared_gradients(loss, sources);
  const std::vector<Tensor> gradient = differentiate::gradients(penalty, sources);
  if (b.diagnostic()) return 1e300;
  return gradient_error(b.view(), penalty, sources, gradient, range, samples);
}

/// For static_assert: the gradient builds without a mistake and every gradient has its source's shape.
template <class Write>
constexpr bool gradients_have_shapes(Write write) {
  Builder b;
  const Tensor loss = write(b);
  const std::vector<Tensor> sources = sources_of(b);
  const std::vector<Tensor> gradient = differentiate::gradients(loss, sources);
  bool good = !b.diagnostic() && gradient.size() == sources.size();
  for (std::size_t i = 0; i < sources.size(); ++i) good = good && gradient[i].shape() == sources[i].shape();
  return good;
}

/// The same for the gradient of a function of the gradient.
template <class Write>
constexpr bool second_gradients_have_shapes(Write write) {
  return gradients_have_shapes([&](Builder& b) {
    const Tensor loss = write(b);
    return squared_gradients(loss, sources_of(b));
  });
}

}  // namespace isthmus::testing
