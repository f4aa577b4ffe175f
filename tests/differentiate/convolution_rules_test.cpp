// The rules of the three convolutions, each of which is the derivative of the other two.
#include <isthmus/differentiate/rules.hpp>

#include "differentiate/check.hpp"
#include "support/catch.hpp"
#include "support/windows.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr double bound = 1e-4;

constexpr Tensor forward(Builder& b, const WindowCase& one) {
  const Tensor x = b.input("x", one.image()), w = b.parameter("w", one.weights());
  return b.conv2d(x, w, one.window, one.result_places);
}
constexpr Tensor transposed(Builder& b, const WindowCase& one) {
  const Tensor y = b.input("y", one.result()), w = b.parameter("w", one.weights());
  return b.conv2d_transpose(y, w, one.window, one.image());
}
constexpr Tensor weights(Builder& b, const WindowCase& one) {
  const Tensor x = b.input("x", one.image()), y = b.input("y", one.result());
  return b.conv2d_weights(x, y, one.window, one.weights());
}
using Convolution = Tensor (*)(Builder&, const WindowCase&);
constexpr Convolution convolutions[] = {forward, transposed, weights};

template <Convolution convolution>
constexpr bool has_shapes(const WindowCase& one) {
  return gradients_have_shapes([&](Builder& b) { return weighted(convolution(b, one)); }) &&
         second_gradients_have_shapes([&](Builder& b) { return weighted(square(convolution(b, one))); });
}
static_assert(for_every(windows, has_shapes<forward>) && for_every(windows, has_shapes<transposed>) &&
              for_every(windows, has_shapes<weights>));

/// <A x, y>, <x, Aᵀ y> and <w, ∂/∂w>: one number, three convolutions.
std::vector<double> three_ways(const WindowCase& one) {
  Builder b;
  const Tensor x = b.input("x", one.image()), w = b.parameter("w", one.weights());
  const Tensor y = b.input("y", one.result());
  const Tensor ways[] = {
      sum(b.conv2d(x, w, one.window, one.result_places) * y),
      sum(x * b.conv2d_transpose(y, w, one.window, one.image())),
      sum(w * b.conv2d_weights(x, y, one.window, one.weights())),
  };
  reference::Interpreter values(b.view(), 2);
  fill_leaves(values, Range::signed_values);
  values.run();
  return {values[ways[0].id].values[0], values[ways[1].id].values[0], values[ways[2].id].values[0]};
}

constexpr Op op_after(int convolution, int source) {
  Builder b;
  const Tensor loss = sum(convolutions[convolution](b, windows[0]));
  return differentiate::gradients(loss, {b.tensor(source)})[0].node().op;
}
static_assert(op_after(0, 0) == Op::conv2d_transpose && op_after(0, 1) == Op::conv2d_weights);
static_assert(op_after(1, 0) == Op::conv2d && op_after(1, 1) == Op::conv2d_weights);
static_assert(op_after(2, 0) == Op::conv2d_transpose && op_after(2, 1) == Op::conv2d);

}  // namespace

TEST_CASE("a convolution, by hand") {
  Builder b;
  // Rows 1 2 3 and 4 5 6 of one channel, windows of 2 × 2 with a row of zeros above.
  const Tensor x = b.input("x", shape_of(batch, 2, 3, 1)), w = b.input("w", shape_of(2, 2, 1, 1));
  const Tensor y = b.conv2d(x, w, Window{2, 2, 1, 1, 1, 0, 1}, shape_of(2, 2));
  const Tensor doubled = b.conv2d(x, w, Window{2, 2, 2, 2, 1, 1, 2}, shape_of(2, 3));
  reference::Interpreter values(b.view(), 1);
  values[x.id].values = {1, 2, 3, 4, 5, 6};
  values[w.id].values = {1000, 100, 10, 1};
  values.run();
  CHECK(values[y.id].values == std::vector<double>{12, 23, 1245, 2356});
  // Of 1 1 2 2 3 3 / 1 1 2 2 3 3 / 4 4 5 5 6 6 / …, zeros above and to the left.
  CHECK(values[doubled.id].values == std::vector<double>{1, 12, 23, 104, 1245, 2356});
}

TEST_CASE("the three convolutions are one bilinear form") {
  for (const WindowCase& one : windows) {
    INFO("window " << (&one - windows));
    const std::vector<double> ways = three_ways(one);
    CHECK(std::fabs(ways[0]) > 1e-3);
    CHECK(ways[1] == Approx(ways[0]).epsilon(1e-10));
    CHECK(ways[2] == Approx(ways[0]).epsilon(1e-10));
  }
}

TEST_CASE("the rules of the convolutions, for every operand and window") {
  for (const WindowCase& one : windows)
    for (const Convolution convolution : convolutions) {
      INFO("window " << (&one - windows) << ", convolution " << (&convolution - convolutions));
      CHECK(first_order_error([&](Builder& b) { return weighted(convolution(b, one)); }, Range::signed_values, 2) <
            bound);
    }
}

TEST_CASE("the gradient of a convolution's gradient") {
  for (const WindowCase& one : windows)
    for (const Convolution convolution : convolutions) {
      INFO("window " << (&one - windows) << ", convolution " << (&convolution - convolutions));
      const auto write = [&](Builder& b) { return weighted(b.unary(ops::tanh, convolution(b, one) * 0.05f)); };
      CHECK(second_order_error(write, Range::signed_values, 1) < bound);
    }
}

TEST_CASE("the gradient of a convolution is a convolution of the right kind") {
  CHECK(op_after(0, 0) == Op::conv2d_transpose);
  CHECK(op_after(1, 0) == Op::conv2d);
  CHECK(op_after(2, 1) == Op::conv2d);
}
