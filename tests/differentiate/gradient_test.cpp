// The driver: fan-out, sources without influence, and gradients of gradients.
#include <isthmus/declare/losses.hpp>
#include <isthmus/differentiate/gradient.hpp>

#include "differentiate/check.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr double bound = 1e-4;

constexpr auto fan_out = [](Builder& b) {
  const Tensor x = b.parameter("x", shape_of(3, 5)), y = b.parameter("y", shape_of(5));
  const Tensor h = exp(x * y);
  return weighted(h * x + h / (1.0f + h * h) - y);
};

template <const Elementwise& op>
constexpr auto layer = [](Builder& b) {
  const Tensor x = b.input("x", shape_of(batch, 5));
  const Tensor w = b.parameter("w", shape_of(5, 3)), bias = b.parameter("bias", shape_of(3));
  return weighted(b.unary(op, matmul(x, w) * 0.3f + bias, 0.7f));
};

template <const Elementwise& op>
constexpr auto plain = [](Builder& b) { return weighted(b.unary(op, b.parameter("x", shape_of(3, 5)))); };

template <const Elementwise& op>
constexpr auto pair = [](Builder& b) {
  return weighted(b.binary(op, b.input("x", shape_of(batch, 5)), b.parameter("y", shape_of(5))));
};

template <bool ta, bool tb>
constexpr auto product = [](Builder& b) {
  const Tensor x = b.parameter("x", ta ? shape_of(7, 5) : shape_of(5, 7));
  const Tensor y = b.parameter("y", tb ? shape_of(3, 7) : shape_of(7, 3));
  return weighted(square(matmul(x, y, ta, tb)) * 0.1f);
};

template <class Loss>
constexpr auto autoencoder_loss = [](Builder& b) {
  const Tensor x = b.input("x", shape_of(batch, 5));
  const Tensor code = b.unary(ops::tanh, matmul(x, b.parameter("w", shape_of(5, 3))));
  const Tensor y = matmul(code, b.parameter("v", shape_of(3, 5))) + b.parameter("bias", shape_of(5));
  return Loss{}(b.unary(ops::sigmoid, y), x);
};

/// The contractive penalty of Rifai et al. 2011: the squared gradient of the code with respect to the input.
constexpr auto contractive = [](Builder& b) {
  const Tensor x = b.input("x", shape_of(batch, 5));
  const Tensor code = b.unary(ops::sigmoid, matmul(x, b.parameter("w", shape_of(5, 3))));
  return sum(square(differentiate::gradients(sum(code), {x})[0]));
};

}  // namespace

TEST_CASE("a node that is read several times collects every contribution") {
  static_assert(gradients_have_shapes(fan_out));
  CHECK(first_order_error(fan_out, Range::signed_values) < bound);
}

TEST_CASE("gradients of the losses of a small autoencoder") {
  CHECK(first_order_error(autoencoder_loss<declare::MeanSquaredError>, Range::positive, 5) < bound);
  CHECK(first_order_error(autoencoder_loss<declare::BinaryCrossEntropy>, Range::positive, 5) < bound);
}

TEST_CASE("the cross-entropy of what is no sigmoid") {
  const auto write = [](Builder& b) {
    const Tensor y = b.input("y", shape_of(batch, 5));  // 0.3 … 2: both sides of the clamp
    return binary_cross_entropy(y, b.input("target", shape_of(batch, 5)));
  };
  CHECK(first_order_error(write, Range::positive, 5) < bound);
}

TEST_CASE("a source that the loss does not depend on has a zero gradient of its shape") {
  constexpr auto shapes_are_right = [] {
    Builder b;
    const Tensor x = b.parameter("x", shape_of(3, 5)), unused = b.parameter("unused", shape_of(7));
    const Tensor loss = sum(x);
    const Tensor late = b.parameter("late", shape_of(2, 2));
    const auto gradient = differentiate::gradients(loss, {unused, x, late});
    return gradient[0].shape() == shape_of(7) && gradient[1].shape() == shape_of(3, 5) &&
           gradient[2].shape() == shape_of(2, 2);
  };
  static_assert(shapes_are_right());
  Builder b;
  const Tensor x = b.parameter("x", shape_of(3, 5)), unused = b.parameter("unused", shape_of(7));
  const auto gradient = differentiate::gradients(sum(x), {unused, x});
  reference::Interpreter values(b.view(), 1);
  values.run();
  CHECK(values[gradient[0].id].values == std::vector<double>(7, 0.0));
  CHECK(values[gradient[1].id].values == std::vector<double>(15, 1.0));
}

TEST_CASE("the gradient of a loss with respect to itself is one") {
  Builder b;
  const Tensor x = b.parameter("x", shape_of(3, 5));
  const Tensor loss = sum(x);
  const auto alone = differentiate::gradients(loss, {loss});
  const auto gradient = differentiate::gradients(loss, {loss, x});
  reference::Interpreter values(b.view(), 1);
  values.run();
  CHECK(values[alone[0].id].values == std::vector<double>{1.0});
  CHECK(values[gradient[0].id].values == std::vector<double>{1.0});
  CHECK(values[gradient[1].id].values == std::vector<double>(15, 1.0));
}

TEST_CASE("no gradient is written towards what is no source") {
  constexpr auto products = [](bool data_too) {
    Builder b;
    const Tensor x = b.input("x", shape_of(batch, 5)), w = b.parameter("w", shape_of(5, 3));
    const Tensor loss = sum(matmul(x, w));
    if (data_too) differentiate::gradients(loss, {w, x});
    else differentiate::gradients(loss, {w});
    int count = 0;
    for (const Node& node : b.view()) count += node.op == Op::matmul;
    return count;
  };
  static_assert(products(false) == 2 && products(true) == 3);
  CHECK(products(false) == 2);
}

TEST_CASE("gradient nodes carry the layer of the node that they belong to, and the writer's layer returns") {
  Builder b;
  b.in_layer("first");
  const Tensor x = b.parameter("x", shape_of(3));
  const Tensor y = exp(x);
  b.in_layer("second");
  const Tensor loss = sum(y);
  b.in_layer("caller");
  const auto gradient = differentiate::gradients(loss, {x});
  CHECK(std::string(gradient[0].node().label.layer) == "first");
  CHECK(std::string(b.layer()) == "caller");
}

TEST_CASE("the gradient of a gradient, for smooth operations") {
  static_assert(second_gradients_have_shapes(layer<ops::tanh>));
  static_assert(second_gradients_have_shapes(layer<ops::swish>));
  static_assert(second_gradients_have_shapes(product<true, true>));
  CHECK(second_order_error(layer<ops::tanh>, Range::signed_values) < bound);
  CHECK(second_order_error(layer<ops::sigmoid>, Range::signed_values) < bound);
  CHECK(second_order_error(layer<ops::softplus>, Range::signed_values) < bound);
  CHECK(second_order_error(layer<ops::sin>, Range::signed_values) < bound);
  CHECK(second_order_error(layer<ops::cos>, Range::signed_values) < bound);
  CHECK(second_order_error(layer<ops::swish>, Range::signed_values) < bound);
  CHECK(second_order_error(layer<ops::gelu>, Range::signed_values) < bound);
  CHECK(second_order_error(layer<ops::gelu_tanh>, Range::signed_values) < bound);
  CHECK(second_order_error(plain<ops::erf>, Range::signed_values) < bound);
  CHECK(second_order_error(pair<ops::pow>, Range::positive) < bound);
  CHECK(second_order_error(plain<ops::elu>, Range::signed_values) < bound);
  CHECK(second_order_error(plain<ops::exp>, Range::signed_values) < bound);
  CHECK(second_order_error(plain<ops::log>, Range::positive) < bound);
  CHECK(second_order_error(plain<ops::sqrt>, Range::positive) < bound);
  CHECK(second_order_error(pair<ops::divide>, Range::positive) < bound);
  CHECK(second_order_error(pair<ops::multiply>, Range::signed_values) < bound);
  CHECK(second_order_error(pair<ops::maximum>, Range::signed_values) < bound);
  CHECK(second_order_error(fan_out, Range::positive) < bound);
}

TEST_CASE("the gradient of a product's gradient, for all four pairs of flags") {
  CHECK(second_order_error(product<false, false>, Range::signed_values) < bound);
  CHECK(second_order_error(product<false, true>, Range::signed_values) < bound);
  CHECK(second_order_error(product<true, false>, Range::signed_values) < bound);
  CHECK(second_order_error(product<true, true>, Range::signed_values) < bound);
}

TEST_CASE("a contractive penalty can be trained") {
  static_assert(gradients_have_shapes(contractive));
  CHECK(first_order_error(contractive, Range::signed_values) < bound);
}

TEST_CASE("the gradient of a gradient of a gradient") {
  constexpr auto write = [](Builder& b) {
    const Tensor x = b.parameter("x", shape_of(5));
    const Tensor once = differentiate::gradients(sum(b.unary(ops::tanh, x) * x), {x})[0];
    return sum(square(differentiate::gradients(sum(square(once)), {x})[0]));
  };
  static_assert(gradients_have_shapes(write));
  CHECK(first_order_error(write, Range::signed_values) < bound);
}
