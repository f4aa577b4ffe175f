// Every rule, every operand, against central differences.
#include <isthmus/differentiate/rules.hpp>

#include "differentiate/check.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr double bound = 1e-4;

template <Op op>
constexpr auto unary_of =
    [](Builder& b) { return weighted(b.unary(op, b.parameter("x", shape_of(3, 5), {}), 0.3f)); };

template <Op op>
void check_unary(Range range = Range::signed_values) {
  static_assert(gradients_have_shapes(unary_of<op>));
  INFO("operation " << static_cast<int>(op));
  CHECK(first_order_error(unary_of<op>, range) < bound);
}

/// How the operands of a binary operation may be shaped.
constexpr Shape pairs[][2] = {
    {shape_of(batch, 5), shape_of(batch, 5)},
    {shape_of(batch, 5), shape_of(5)},
    {shape_of(5), shape_of(batch, 5)},
    {shape_of(batch, 5), {}},
    {{}, shape_of(batch, 5)},
    {shape_of(batch, 1), shape_of(7)},
    {shape_of(3, 1), shape_of(1, 7)},
    {shape_of(batch, 5), shape_of(1)},
    {shape_of(batch, 2, 3, 5), shape_of(5)},
    {{}, shape_of(batch, 2, 3, 5)},
    {shape_of(batch, 2, 3, 1), shape_of(1)},
    {shape_of(2, 3, 5, 7), shape_of(7)},
    {{}, {}},
};

template <Op op>
constexpr auto binary_of = [](Builder& b, const Shape& x, const Shape& y) {
  return weighted(b.binary(op, b.input("x", x), b.input("y", y)));
};

template <Op op>
constexpr bool every_pair_has_shapes() {
  for (const auto& pair : pairs)
    if (!gradients_have_shapes([&](Builder& b) { return binary_of<op>(b, pair[0], pair[1]); })) return false;
  return true;
}

template <Op op>
void check_binary(Range range = Range::signed_values) {
  static_assert(every_pair_has_shapes<op>());
  for (const auto& pair : pairs) {
    INFO("operation " << static_cast<int>(op) << ", pair " << (&pair - pairs));
    CHECK(first_order_error([&](Builder& b) { return binary_of<op>(b, pair[0], pair[1]); }, range) < bound);
  }
}

Range range_for(Op op) { return op == Op::log || op == Op::sqrt ? Range::positive : Range::signed_values; }

/// Every operation of the graph's vocabulary from `first` to the one before `end`.
template <Op first, Op end, class Check>
void for_each_operation(Check check) {
  if constexpr (first != end) {
    check.template operator()<first>();
    for_each_operation<static_cast<Op>(static_cast<int>(first) + 1), end>(check);
  }
}

}  // namespace

TEST_CASE("rules of operations with one operand") {
  for_each_operation<Op::negate, Op::add>([]<Op op>() { check_unary<op>(range_for(op)); });
  check_unary<Op::bottleneck>();
}

TEST_CASE("rules of operations with two operands, broadcast in every way") {
  for_each_operation<Op::add, Op::select>([]<Op op>() { check_binary<op>(); });
}

TEST_CASE("the rule of select, for each operand, and broadcast") {
  static constexpr Shape shapes[][3] = {
      {shape_of(batch, 5), shape_of(batch, 5), shape_of(batch, 5)},
      {shape_of(batch, 5), shape_of(5), {}},
      {shape_of(5), {}, shape_of(batch, 5)},
      {{}, shape_of(batch, 1), shape_of(7)},
  };
  for (const auto& shape : shapes) {
    const auto write = [&](Builder& b) {
      const Tensor condition = greater(b.input("c", shape[0]), 0.0f);
      return weighted(select(condition, b.input("x", shape[1]), b.input("y", shape[2])));
    };
    INFO("case " << (&shape - shapes));
    CHECK(gradients_have_shapes(write));
    CHECK(first_order_error(write, Range::signed_values) < bound);
  }
}

TEST_CASE("an exact tie gives the whole gradient to the first operand") {
  for (const Op op : {Op::maximum, Op::minimum}) {
    Builder b;
    const Tensor x = b.input("x", shape_of(2)), y = b.input("y", shape_of(2));
    const auto gradient = differentiate::gradients(sum(b.binary(op, x, y)), {x, y});
    reference::Interpreter values(b.view(), 1);
    values[x.id].values = {1.5, -2};
    values[y.id].values = {1.5, -2};
    values.run();
    CHECK(values[gradient[0].id].values == std::vector<double>{1, 1});
    CHECK(values[gradient[1].id].values == std::vector<double>{0, 0});
  }
}

TEST_CASE("the rules of broadcast and sum_to, in all forms") {
  static constexpr Shape forms[][2] = {
      {{}, shape_of(3, 5)},
      {{}, shape_of(batch, 5)},
      {shape_of(5), shape_of(batch, 5)},
      {shape_of(1), shape_of(batch, 5)},
      {shape_of(1, 5), shape_of(batch, 5)},
      {shape_of(1, 1), shape_of(batch, 5)},
      {shape_of(batch, 1), shape_of(batch, 5)},
      {shape_of(3, 1), shape_of(3, 5)},
      {shape_of(5), shape_of(2, 3, 5)},
      {shape_of(3, 1), shape_of(2, 3, 5)},
      {shape_of(2, 1, 5), shape_of(2, 3, 5)},
      {shape_of(2, 1, 1), shape_of(2, 3, 5)},
  };
  for (const auto& form : forms) {
    INFO("form " << (&form - forms));
    const auto repeat = [&](Builder& b) {
      return weighted(square(b.broadcast(b.input("x", form[0]), form[1])));
    };
    const auto add_up = [&](Builder& b) {
      return weighted(square(b.sum_to(b.input("x", form[1]), form[0])));
    };
    CHECK(gradients_have_shapes(repeat));
    CHECK(gradients_have_shapes(add_up));
    CHECK(first_order_error(repeat, Range::signed_values) < bound);
    CHECK(first_order_error(add_up, Range::signed_values) < bound);
  }
}

TEST_CASE("the rule of the transpose") {
  constexpr auto write = [](Builder& b) { return weighted(transpose(b.parameter("x", shape_of(3, 7), {}))); };
  static_assert(gradients_have_shapes(write));
  CHECK(first_order_error(write, Range::signed_values) < bound);
}

namespace {

template <bool ta, bool tb>
constexpr auto product = [](Builder& b) {
  const Tensor x = b.parameter("x", ta ? shape_of(7, 5) : shape_of(5, 7), {});
  const Tensor y = b.parameter("y", tb ? shape_of(3, 7) : shape_of(7, 3), {});
  return weighted(matmul(x, y, ta, tb));
};
/// The batch is the rows, or what is summed over.
template <bool ta>
constexpr auto batch_product = [](Builder& b) {
  const Tensor x = b.input("x", shape_of(batch, 5));
  return weighted(
      matmul(x, ta ? b.input("y", shape_of(batch, 3)) : b.parameter("y", shape_of(5, 3), {}), ta));
};

/// Products in a gradient: a count of nodes, for each pair of flags.
template <bool ta, bool tb>
constexpr bool no_transpose_is_written() {
  Builder b;
  const Tensor loss = product<ta, tb>(b);
  differentiate::gradients(loss, sources_of(b));
  for (const Node& node : b.view())
    if (node.op == Op::transpose) return false;
  return true;
}

}  // namespace

TEST_CASE("the rule of the product, for all four pairs of flags") {
  static_assert(gradients_have_shapes(product<false, false>) && gradients_have_shapes(product<false, true>) &&
                gradients_have_shapes(product<true, false>) && gradients_have_shapes(product<true, true>));
  static_assert(no_transpose_is_written<false, false>() && no_transpose_is_written<false, true>() &&
                no_transpose_is_written<true, false>() && no_transpose_is_written<true, true>());
  CHECK(first_order_error(product<false, false>, Range::signed_values) < bound);
  CHECK(first_order_error(product<false, true>, Range::signed_values) < bound);
  CHECK(first_order_error(product<true, false>, Range::signed_values) < bound);
  CHECK(first_order_error(product<true, true>, Range::signed_values) < bound);
  CHECK(first_order_error(batch_product<false>, Range::signed_values, 7) < bound);
  CHECK(first_order_error(batch_product<true>, Range::signed_values, 7) < bound);
}

TEST_CASE("what has no gradient") {
  static_assert(!differentiate::has_gradient(Op::sign, 0));
  static_assert(!differentiate::has_gradient(Op::greater, 0) && !differentiate::has_gradient(Op::greater, 1));
  static_assert(!differentiate::has_gradient(Op::select, 0) && differentiate::has_gradient(Op::select, 2));
  static_assert(!differentiate::has_gradient(Op::parameter, 0) &&
                !differentiate::has_gradient(Op::output, 0));
  CHECK(differentiate::has_gradient(Op::matmul, 1));
}
