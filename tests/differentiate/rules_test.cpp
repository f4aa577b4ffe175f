// Every rule, every operand, against central differences.
#include <isthmus/differentiate/rules.hpp>
#include <isthmus/plan/simplify.hpp>

#include "differentiate/check.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr double bound = 1e-4;

template <const Elementwise* op>
constexpr auto unary_of =
    [](Builder& b) { return weighted(b.unary(*op, b.parameter("x", shape_of(3, 5)), 0.3f)); };

template <const Elementwise* op>
void check_unary(Range range = Range::signed_values) {
  static_assert(gradients_have_shapes(unary_of<op>));
  INFO(op->row.name);
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

template <const Elementwise* op>
constexpr auto binary_of = [](Builder& b, const Shape& x, const Shape& y) {
  return weighted(b.binary(*op, b.input("x", x), b.input("y", y)));
};

template <const Elementwise* op>
constexpr bool every_pair_has_shapes() {
  for (const auto& pair : pairs)
    if (!gradients_have_shapes([&](Builder& b) { return binary_of<op>(b, pair[0], pair[1]); })) return false;
  return true;
}

template <const Elementwise* op>
void check_binary(Range range = Range::signed_values) {
  static_assert(every_pair_has_shapes<op>());
  for (const auto& pair : pairs) {
    INFO(op->row.name << ", pair " << (&pair - pairs));
    CHECK(first_order_error([&](Builder& b) { return binary_of<op>(b, pair[0], pair[1]); }, range) < bound);
  }
}

template <std::size_t row>
void check_row() {
  constexpr const Elementwise* op = ops::table[row];
  const Range range = reference::reference_of(*op).low > -1.6 ? Range::positive : Range::signed_values;
  // Its gradient is not its derivative, on purpose.
  if constexpr (op == &ops::stop_gradient || op == &ops::straight_through) return;
  else if constexpr (op->row.operands == 1) check_unary<op>(range);
  else if constexpr (op->row.operands == 2) check_binary<op>(range);
}

template <std::size_t... row>
void check_table(std::index_sequence<row...>) {
  (check_row<row>(), ...);
}

}  // namespace

TEST_CASE("rules of every operation of one or two operands, broadcast in every way") {
  check_table(std::make_index_sequence<std::size(ops::table)>());
}

namespace {

// Operations of a program's own, without a gradient rule: of two operands, one of them used twice; and one made of
// another, with a parameter, and constant in its second operand.
constexpr Elementwise hypotenuse{{.name = "hypotenuse", .operands = 2, .formula = [](const Operands& o) {
                                    return sqrt(o.a * o.a + square(o.b));
                                  }}};
constexpr Elementwise damped{{
    .name = "damped",
    .operands = 2,
    .formula =
        [](const Operands& o) {
          const Tensor length = o.a.builder->binary(hypotenuse, o.a, o.value);
          return select(greater(o.b, 0.0f), o.a * exp(-length), length);
        },
    .has_value = true,
}};

}  // namespace

TEST_CASE("an operation without a rule is differentiated by its steps") {
  static_assert(is_smooth_in(hypotenuse, 0) && is_smooth_in(hypotenuse, 1));
  static_assert(is_smooth_in(damped, 0) && !is_smooth_in(damped, 1));
  check_binary<&hypotenuse>();
  const auto write = [](Builder& b) {
    return weighted(b.binary(damped, b.input("x", shape_of(batch, 5)), b.input("y", shape_of(5)), 0.7f));
  };
  CHECK(gradients_have_shapes(write));
  CHECK(first_order_error(write, Range::signed_values) < bound);
}

TEST_CASE("a row that is made at run time throws what would not compile") {
  const auto made = [](Formula formula, GradientRule gradient = nullptr) {
    return Elementwise({.name = "mine", .formula = formula, .gradient = gradient}).formula().count;
  };
  CHECK(made([](const Operands& o) { return o.a + o.a; }) == FormulaSteps::leaves + 1);
  CHECK_THROWS_AS(made([](const Operands& o) { return o.a / sum(o.a); }), std::invalid_argument);
  CHECK_THROWS_AS(made([](const Operands& o) { return o.a.builder->broadcast(o.a, shape_of(3)); }),
                  std::invalid_argument);
  CHECK_THROWS_AS(made([](const Operands& o) { return softmax(o.a); }), std::invalid_argument);
  CHECK_THROWS_AS(made([](const Operands& o) { return o.a * o.a.builder->parameter("p", {}); }),
                  std::invalid_argument);
  CHECK_THROWS_AS(made([](const Operands& o) { return o.a * o.b; }), std::invalid_argument);
  CHECK_THROWS_AS(made([](const Operands& o) { return o.value; }), std::invalid_argument);
  CHECK_THROWS_AS(made([](const Operands& o) { return o.a; }, [](const Derivative& d, int) { return d.g * d.c; }),
                  std::invalid_argument);
  CHECK_THROWS_AS(made([](const Operands& o) {
                    Tensor y = o.a;
                    for (int i = 0; i < 29; ++i) y = sin(y);
                    return y;
                  }),
                  std::length_error);
  CHECK_THROWS_AS(Elementwise({.name = nullptr, .formula = [](const Operands& o) { return o.a; }}),
                  std::invalid_argument);
}

TEST_CASE("an elementwise operation has as many operands as its row says") {
  const auto found = [](int count) {
    Builder b;
    Tensor given[3] = {};
    for (int k = 0; k < count; ++k) given[k] = b.input("x", shape_of(batch, 5));
    b.apply(hypotenuse, given, 0);
    return b.diagnostic();
  };
  CHECK_FALSE(found(2));
  for (const int count : {0, 1}) CHECK(found(count).mistake == Mistake::operation_lacks_operand);
  CHECK(found(3).mistake == Mistake::operation_given_too_many);
  CHECK(std::string(found(3).layer) == "hypotenuse");
}

TEST_CASE("the bottleneck hands its gradient on") {
  const auto write = [](Builder& b) { return weighted(b.bottleneck(b.parameter("x", shape_of(3, 5)))); };
  CHECK(gradients_have_shapes(write));
  CHECK(first_order_error(write, Range::signed_values) < bound);
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
  for (const Elementwise* const op : {&ops::maximum, &ops::minimum}) {
    Builder b;
    const Tensor x = b.input("x", shape_of(2)), y = b.input("y", shape_of(2));
    const auto gradient = differentiate::gradients(sum(b.binary(*op, x, y)), {x, y});
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
    const auto repeat = [&](Builder& b) { return weighted(square(b.broadcast(b.input("x", form[0]), form[1]))); };
    const auto add_up = [&](Builder& b) { return weighted(square(b.sum_to(b.input("x", form[1]), form[0]))); };
    CHECK(gradients_have_shapes(repeat));
    CHECK(gradients_have_shapes(add_up));
    CHECK(first_order_error(repeat, Range::signed_values) < bound);
    CHECK(first_order_error(add_up, Range::signed_values) < bound);
  }
}

TEST_CASE("the rule of the transpose") {
  constexpr auto write = [](Builder& b) { return weighted(transpose(b.parameter("x", shape_of(3, 7)))); };
  static_assert(gradients_have_shapes(write));
  CHECK(first_order_error(write, Range::signed_values) < bound);
}

namespace {

template <bool ta, bool tb>
constexpr auto product = [](Builder& b) {
  const Tensor x = b.parameter("x", ta ? shape_of(7, 5) : shape_of(5, 7));
  const Tensor y = b.parameter("y", tb ? shape_of(3, 7) : shape_of(7, 3));
  return weighted(matmul(x, y, ta, tb));
};
/// The batch is the rows, or what is summed over.
template <bool ta>
constexpr auto batch_product = [](Builder& b) {
  const Tensor x = b.input("x", shape_of(batch, 5));
  return weighted(matmul(x, ta ? b.input("y", shape_of(batch, 3)) : b.parameter("y", shape_of(5, 3)), ta));
};

/// A matrix for each sample: the rows of all of them are multiplied, or summed over.
template <bool tb>
constexpr auto product_of_rows = [](Builder& b) {
  const Tensor x = b.input("x", shape_of(batch, 4, 5));
  return weighted(matmul(x, b.parameter("y", tb ? shape_of(3, 5) : shape_of(5, 3)), false, tb));
};
constexpr auto product_over_rows = [](Builder& b) {
  return weighted(matmul(b.input("x", shape_of(batch, 4, 5)), b.input("y", shape_of(batch, 4, 3)), true));
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

TEST_CASE("the rule of the product of a matrix for each sample") {
  static_assert(gradients_have_shapes(product_of_rows<false>) && gradients_have_shapes(product_of_rows<true>) &&
                gradients_have_shapes(product_over_rows));
  CHECK(first_order_error(product_of_rows<false>, Range::signed_values) < bound);
  CHECK(first_order_error(product_of_rows<true>, Range::signed_values) < bound);
  CHECK(first_order_error(product_over_rows, Range::signed_values) < bound);
  CHECK(second_order_error(product_over_rows, Range::signed_values) < bound);
}

TEST_CASE("what is behind stop_gradient counts as a constant") {
  Builder b;
  const Tensor x = b.input("x", shape_of(3));
  const Tensor loss = sum(x * stop_gradient(square(x)));
  const auto gradient = differentiate::gradients(loss, {x});
  reference::Interpreter values(b.view(), 1);
  values[x.id].values = {1, -2, 3};
  values.run();
  CHECK(values[gradient[0].id].values == std::vector<double>{1, 4, 9});
}

TEST_CASE("a gradient goes straight through to the first operand, and to no other") {
  Builder b;
  const Tensor x = b.input("x", shape_of(3)), y = b.input("y", shape_of(3));
  const Tensor result = straight_through(x, square(y));
  const auto gradient = differentiate::gradients(sum(square(result)), {x, y});
  reference::Interpreter values(b.view(), 1);
  values[x.id].values = {1, -2, 3};
  values[y.id].values = {0.5, 3, -1};
  values.run();
  CHECK(values[result.id].values == std::vector<double>{0.25, 9, 1});
  CHECK(values[gradient[0].id].values == std::vector<double>{0.5, 18, 2});
  CHECK(values[gradient[1].id].values == std::vector<double>{0, 0, 0});
  // Nothing of it is left to compute.
  b.output(result, "y");
  for (const Node& node : plan::simplify(b.view()).nodes) CHECK(node.function != &ops::straight_through);
}

TEST_CASE("what has no gradient") {
  static_assert(!is_smooth_in(ops::sign, 0));
  static_assert(!is_smooth_in(ops::greater, 0) && !is_smooth_in(ops::greater, 1));
  static_assert(!is_smooth_in(ops::select, 0) && is_smooth_in(ops::select, 2));
  static_assert(!has_gradient(Op::parameter, 0) && !has_gradient(Op::output, 0));
  CHECK(has_gradient(Op::matmul, 1));
}
