// Each rule of simplification and of legalization, by the compiler and at run time.
#include <isthmus/builder.hpp>
#include <isthmus/plan/simplify.hpp>

#include "plan/meaning.hpp"
#include "support/catch.hpp"
#include "support/node_kind.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

/// Operations that are left when `write(b, x, y)` is the only output; x and y are inputs of `shape`.
template <class Write>
constexpr Graph simplified(Write write, Shape shape = shape_of(batch, 5)) {
  Builder b;
  const Tensor x = b.input("x", shape), y = b.input("y", shape);
  b.output(write(b, x, y), "y");
  return plan::simplify(b.view());
}
constexpr int operations(GraphView graph) {
  int count = 0;
  for (const Node& node : graph) count += !is_leaf(node.op) && !is_sink(node.op);
  return count;
}
constexpr int count(GraphView graph, NodeKind kind) {
  int found = 0;
  for (const Node& node : graph) found += kind.matches(node);
  return found;
}

// NOLINTBEGIN: one line per rule.
constexpr auto times_one = [](Builder&, Tensor x, Tensor) { return x * 1.0f; };
constexpr auto one_times = [](Builder&, Tensor x, Tensor) { return 1.0f * x; };
constexpr auto plus_zero = [](Builder&, Tensor x, Tensor) { return x + 0.0f; };
constexpr auto zero_plus = [](Builder&, Tensor x, Tensor) { return 0.0f + x; };
constexpr auto minus_zero = [](Builder&, Tensor x, Tensor) { return x - 0.0f; };
constexpr auto by_one = [](Builder&, Tensor x, Tensor) { return x / 1.0f; };
constexpr auto twice_negated = [](Builder&, Tensor x, Tensor) { return -(-x); };
constexpr auto code = [](Builder& b, Tensor x, Tensor) { return b.bottleneck(x); };
constexpr auto either_way = [](Builder& b, Tensor x, Tensor y) { return b.select(y, x, x); };
constexpr auto same_sum = [](Builder& b, Tensor x, Tensor) {
  return b.sum_to(b.sum_to(x, shape_of(batch, 5)), shape_of(batch, 5));
};
// NOLINTEND
static_assert(operations(simplified(times_one)) == 0 && operations(simplified(one_times)) == 0);
static_assert(operations(simplified(plus_zero)) == 0 && operations(simplified(zero_plus)) == 0);
static_assert(operations(simplified(minus_zero)) == 0 && operations(simplified(by_one)) == 0);
static_assert(operations(simplified(twice_negated)) == 0 && operations(simplified(code)) == 0);
static_assert(operations(simplified(either_way)) == 0 && operations(simplified(same_sum)) == 0);

constexpr auto times_zero = [](Builder&, Tensor x, Tensor) { return x * 0.0f; };
constexpr auto divided_twice = [](Builder&, Tensor x, Tensor) { return 1.0f / x; };
constexpr auto zero_minus = [](Builder&, Tensor x, Tensor) { return 0.0f - x; };
// Not exact for every x, so left alone: NaN · 0, and the sign of 0 - 0.
static_assert(operations(simplified(times_zero)) == 1);
static_assert(operations(simplified(divided_twice)) == 1 && operations(simplified(zero_minus)) == 1);

constexpr auto add_negated = [](Builder&, Tensor x, Tensor y) { return x + (-y); };
static_assert(operations(simplified(add_negated)) == 1 && count(simplified(add_negated), ops::subtract) == 1);

constexpr auto numbers = [](Builder& b, Tensor x, Tensor) {
  const Tensor two = b.constant(2.0f);
  return x * ((two * 3.0f + 1.0f - 3.0f) / (-two));  // x · -2
};
static_assert(operations(simplified(numbers)) == 1 && count(simplified(numbers), Op::constant) == 1);
constexpr auto by_zero = [](Builder& b, Tensor x, Tensor) { return x * (b.constant(1.0f) / 0.0f); };
static_assert(operations(simplified(by_zero)) == 2);  // No infinity is made by the compiler.

/// A rule must not lose a shape: a scalar or a row plus zeros of a larger shape stays an operation.
constexpr auto widened = [](Builder& b, Tensor x, Tensor) {
  return b.constant(0.0f) + b.constant(3.0f) * (x * 0.0f);
};
static_assert(operations(simplified(widened)) == 2);
constexpr auto repeated = [](Builder& b, Tensor x, Tensor) {
  return b.broadcast(b.constant(1.0f), x.shape()) * b.broadcast(b.constant(2.0f), x.shape());
};
constexpr auto repeated_sum = [](Builder& b, Tensor x, Tensor) {
  return b.broadcast(b.constant(3.0f), x.shape()) + b.broadcast(b.constant(2.0f), x.shape());
};
const Shape& at(const Graph& graph, int id) { return graph.nodes[static_cast<std::size_t>(id)].shape; }

}  // namespace

TEST_CASE("algebra that is exact is done, and only that") {
  CHECK(operations(simplified(times_one)) == 0);
  CHECK(operations(simplified(twice_negated)) == 0);
  CHECK(operations(simplified(times_zero)) == 1);
  CHECK(operations(simplified(numbers)) == 1);
  for (const Node& node : simplified(numbers).nodes)
    if (node.op == Op::constant) CHECK(node.value == -2.0f);
}

TEST_CASE("a product of two repeated scalars keeps its shape") {
  const Graph graph = simplified(repeated);
  CHECK(graph.nodes.back().shape == shape_of(batch, 5));
  // One of the two stays repeated: an operation is never larger than all of its operands.
  const Graph sum = simplified(repeated_sum);
  REQUIRE(count(sum, ops::add) == 1);
  for (const Node& node : sum.nodes)
    if (node.function == &ops::add)
      CHECK((at(sum, node.inputs[0]) == node.shape || at(sum, node.inputs[1]) == node.shape));
  CHECK(meaning_of(graph, 3).at("y") == std::vector<double>(15, 2.0));
}

namespace {

constexpr auto same_twice = [](Builder&, Tensor x, Tensor y) { return exp(x * y) + exp(y * x); };
static_assert(operations(simplified(same_twice)) == 3);
constexpr auto not_the_same = [](Builder&, Tensor x, Tensor y) { return exp(x - y) + exp(y - x); };
static_assert(operations(simplified(not_the_same)) == 5);
constexpr auto slopes_differ = [](Builder& b, Tensor x, Tensor) {
  return b.unary(ops::leaky_relu, x, 0.1f) + b.unary(ops::leaky_relu, x, 0.2f);
};
static_assert(operations(simplified(slopes_differ)) == 3);
constexpr auto flags_differ = [](Builder& b, Tensor, Tensor) {
  const Tensor w = b.parameter("w", shape_of(3, 3));
  return matmul(w, w, true, false) + matmul(w, w, false, true);
};
static_assert(count(simplified(flags_differ), Op::matmul) == 2);
constexpr auto two_parameters = [](Builder& b, Tensor, Tensor) {
  return b.parameter("w", shape_of(3)) + b.parameter("v", shape_of(3));
};
static_assert(count(simplified(two_parameters), Op::parameter) == 2);
constexpr auto two_sizes = [](Builder& b, Tensor x, Tensor) {
  return sum(x) / b.host_scalar(HostScalar::batch_size) + sum(x) / b.host_scalar(HostScalar::step);
};
static_assert(count(simplified(two_sizes), Op::host_scalar) == 2 && count(simplified(two_sizes), Op::sum_to) == 1);

constexpr auto dead = [](Builder& b, Tensor x, Tensor y) {
  b.parameter("unused", shape_of(3));
  exp(y);
  return abs(x);
};
static_assert(operations(simplified(dead)) == 1 && simplified(dead).nodes.size() == 3);

constexpr auto turned_twice = [](Builder& b, Tensor, Tensor) {
  return transpose(transpose(b.parameter("w", shape_of(3, 5))));
};
static_assert(operations(simplified(turned_twice)) == 0);
constexpr auto turned_operands = [](Builder& b, Tensor, Tensor) {
  const Tensor w = b.parameter("w", shape_of(3, 5)), v = b.parameter("v", shape_of(7, 3));
  return matmul(transpose(w), transpose(v));
};
static_assert(count(simplified(turned_operands), Op::transpose) == 0);
constexpr auto turned_flags = [](Builder& b, Tensor, Tensor) {
  const Tensor w = b.parameter("w", shape_of(3, 5)), v = b.parameter("v", shape_of(3, 7));
  return matmul(transpose(w), transpose(v), false, true);
};
constexpr auto repeated_row = [](Builder& b, Tensor x, Tensor) {
  return x + b.broadcast(b.parameter("w", shape_of(5)), x.shape());
};
static_assert(count(simplified(repeated_row), Op::broadcast) == 0);

}  // namespace

TEST_CASE("equal nodes become one, and different ones do not") {
  CHECK(operations(simplified(same_twice)) == 3);
  CHECK(operations(simplified(not_the_same)) == 5);
  CHECK(operations(simplified(dead)) == 1);
}

TEST_CASE("transposes go into the product's flags") {
  for (const Graph& graph : {simplified(turned_operands), simplified(turned_flags)})
    CHECK(count(graph, Op::transpose) == 0);
  const Graph graph = simplified(turned_flags);
  for (const Node& node : graph.nodes)
    if (node.op == Op::matmul) {
      CHECK(node.transpose_a);
      CHECK_FALSE(node.transpose_b);
    }
}

TEST_CASE("each rule keeps the value") {
  const auto check = [](auto write) {
    Builder b;
    const Tensor x = b.input("x", shape_of(batch, 5)), y = b.input("y", shape_of(batch, 5));
    b.output(write(b, x, y), "y");
    const Meaning expected = meaning_of(b.view(), 3);
    CHECK(difference(meaning_of(plan::simplify(b.view()), 3), expected) < 1e-12);
    CHECK(difference(meaning_of(plan::legalize(plan::simplify(b.view())), 3), expected) < 1e-12);
  };
  check(times_one), check(one_times), check(plus_zero), check(zero_plus), check(minus_zero), check(by_one);
  check(twice_negated), check(code), check(either_way), check(same_sum), check(times_zero), check(zero_minus);
  check(add_negated), check(numbers), check(repeated), check(same_twice), check(not_the_same),
      check(slopes_differ);
  check(flags_differ), check(two_parameters), check(two_sizes), check(dead), check(turned_twice);
  check(turned_operands), check(turned_flags), check(repeated_row);
}

TEST_CASE("an assignment is no reason to merge its target with another") {
  Builder b;
  const Tensor w = b.parameter("w", shape_of(3));
  b.assign(w, w + 0.0f);
  const Graph graph = plan::simplify(b.view());
  CHECK(count(graph, Op::assign) == 1);
  CHECK(graph.nodes.back().inputs[0] == 0);
  CHECK(graph.nodes.back().inputs[1] == 0);
}

namespace {

constexpr Graph legal_product(bool ta, bool tb) {
  Builder b;
  const Tensor x = b.input("x", ta ? shape_of(5, 3) : shape_of(3, 5));
  const Tensor w = b.parameter("w", tb ? shape_of(7, 5) : shape_of(5, 7));
  b.output(matmul(x, w, ta, tb) + matmul(x, w, ta, tb) * 2.0f, "y");
  return plan::legalize(plan::simplify(b.view()));
}
static_assert(count(legal_product(false, true), Op::transpose) == 1);
static_assert(count(legal_product(false, false), Op::transpose) == 0 &&
              count(legal_product(true, false), Op::transpose) == 0);

constexpr Graph legal_sum(Shape to) {
  Builder b;
  b.output(b.sum_to(b.input("x", shape_of(batch, 5)), to), "y");
  return plan::legalize(b.view());
}
// A leaf is copied by a loop first; a sum over rows and columns is two.
static_assert(count(legal_sum(shape_of(5)), Op::broadcast) == 1 && count(legal_sum(shape_of(5)), Op::sum_to) == 1);
static_assert(count(legal_sum(shape_of(1)), Op::sum_to) == 2 && count(legal_sum(shape_of(1, 1)), Op::sum_to) == 2);
static_assert(count(legal_sum({}), Op::sum_to) == 1 && count(legal_sum(shape_of(batch, 1)), Op::sum_to) == 1);

}  // namespace

TEST_CASE("legal graphs have no transposed right operand, and each operand is turned once") {
  Builder b;
  const Tensor w = b.parameter("w", shape_of(7, 5));
  b.output(matmul(b.input("x", shape_of(batch, 5)), w, false, true), "y");
  b.output(matmul(b.input("z", shape_of(batch, 5)), w, false, true), "loss");
  const Graph graph = plan::legalize(b.view());
  CHECK(count(graph, Op::transpose) == 1);
  for (const Node& node : graph.nodes) CHECK_FALSE(node.transpose_b);
  CHECK(difference(meaning_of(graph, 3), meaning_of(b.view(), 3)) == 0);
}

TEST_CASE("an input that a product reads lies in panels first, copied once") {
  const Graph graph = legal_product(true, false);
  CHECK(count(graph, Op::broadcast) == 1);
  for (const Node& node : graph.nodes)
    if (node.op == Op::matmul) CHECK(graph.nodes[static_cast<std::size_t>(node.inputs[0])].op == Op::broadcast);
}

TEST_CASE("every form of sum keeps its value") {
  for (const Shape& to : {Shape{}, shape_of(5), shape_of(1, 5), shape_of(batch, 1), shape_of(1), shape_of(1, 1)}) {
    Builder b;
    b.output(b.sum_to(b.input("x", shape_of(batch, 5)), to), "y");
    CHECK(difference(meaning_of(plan::legalize(b.view()), 4), meaning_of(b.view(), 4)) < 1e-12);
  }
}
