// Operations over whole samples: their shapes, their mistakes, and their gradients against central differences.
#include "differentiate/check.hpp"
#include "support/catch.hpp"
#include "support/sample_operations.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr double bound = 1e-4;

/// Vectors, a matrix of each sample, images of several channels and of one, whose rows and columns differ in
/// number.
constexpr Shape samples[] = {shape_of(batch, 7), shape_of(batch, 3, 5), shape_of(batch, 2, 3, 5),
                             shape_of(batch, 4, 5, 1)};
constexpr Shape without_batch(Shape shape) {
  Shape rest{shape.rank - 1, {}};
  for (int i = 0; i < rest.rank; ++i) rest.dim[i] = shape.dim[i + 1];
  return rest;
}

constexpr auto totals = [](Shape shape) {
  return [=](Builder& b) { return weighted(of_sample(running_total, tanh(b.input("x", shape)))); };
};
constexpr auto correlations = [](Shape shape) {
  return [=](Builder& b) { return weighted(of_sample(autocorrelation, b.input("x", shape))); };
};
/// With weights that all samples share, and with weights of each sample's own.
constexpr auto filters = [](Shape shape, bool shared) {
  return [=](Builder& b) {
    const Tensor x = tanh(b.input("x", shape));
    const Tensor w = shared ? b.parameter("w", shape_of(5), Initializer::zeros) : b.input("w", shape_of(batch, 5));
    return weighted(of_samples(filtered, x, w));
  };
};
constexpr auto masks = [](Shape shape, bool shared) {
  return [=](Builder& b) {
    const Tensor x = tanh(b.input("x", shape));
    const Tensor m = shared ? b.parameter("m", without_batch(shape), Initializer::zeros) : b.input("m", shape);
    return weighted(of_samples(masked, x, m));
  };
};
constexpr auto turned = [](int size) {
  return [=](Builder& b) { return weighted(of_sample(unfolded, square(b.input("x", shape_of(batch, size))))); };
};

template <class Write>
Diagnostic mistake_of(Write write) {
  Builder b;
  b.in_layer("here");
  write(b);
  return b.diagnostic();
}

}  // namespace

TEST_CASE("operations over samples have the shapes that they say") {
  Builder b;
  for (const Shape& shape : samples) {
    const Tensor x = b.input("x", shape);
    CHECK(of_sample(running_total, x).shape() == shape);
    CHECK(of_sample(autocorrelation, x).shape() == shape_of(batch, lags));
    CHECK(of_samples(filtered, x, b.parameter("w", shape_of(5), Initializer::zeros)).shape() == shape);
    CHECK(of_samples(masked, x, b.parameter("m", without_batch(shape), Initializer::zeros)).shape() == shape);
  }
  CHECK(of_sample(unfolded, b.input("x", shape_of(batch, 30))).shape() == shape_of(batch, 3, 5, 2));
  CHECK(of_sample(unfolded, b.input("x", shape_of(batch, 15))).shape() == shape_of(batch, 3, 5, 1));
  CHECK(of_sample(folded, b.input("x", shape_of(batch, 3, 5, 1))).shape() == shape_of(batch, 15));
  // Of what all samples have alike.
  CHECK(of_sample(running_total, b.parameter("p", shape_of(3, 5), Initializer::zeros)).shape() == shape_of(3, 5));
  CHECK_FALSE(b.diagnostic());
}

TEST_CASE("operations over samples: mistakes") {
  static constexpr RowOperation nothing{.name = "nothing", .whole_samples = true};
  CHECK(mistake_of([](Builder& b) { of_sample(nothing, b.input("x", shape_of(batch, 3))); }).mistake ==
        Mistake::operation_without_kernel);
  static constexpr auto none = [](const RowCall&) noexcept {};
  static constexpr RowOperation loses_batch{
      .name = "loses", .whole_samples = true, .kernel = none, .shape = [](const Shape*) { return shape_of(5); }};
  static constexpr RowOperation scalar{
      .name = "scalar", .whole_samples = true, .kernel = none, .shape = [](const Shape*) { return Shape{}; }};
  static constexpr RowOperation empty{
      .name = "empty", .whole_samples = true, .kernel = none, .shape = [](const Shape*) {
        return shape_of(batch, 3, 0);
      }};
  for (const RowOperation* const operation : {&loses_batch, &scalar, &empty}) {
    const Shape shape = shape_of(batch, 2, 3, 1);
    const Diagnostic found = mistake_of([&](Builder& b) { of_sample(*operation, b.input("x", shape)); });
    INFO(operation->name);
    CHECK(found.mistake == Mistake::shapes_differ);
    CHECK(found.first == shape);
    CHECK(std::string(found.layer) == "here");
  }
  // A sample's values beside what has none, and a number.
  CHECK(mistake_of([](Builder& b) {
          of_samples(masked, b.parameter("p", shape_of(5), Initializer::zeros), b.input("x", shape_of(batch, 5)));
        }).mistake == Mistake::shapes_differ);
  CHECK(mistake_of([](Builder& b) {
          of_samples(masked, b.input("x", shape_of(batch, 5)), b.constant(1));
        }).mistake == Mistake::shapes_differ);
  // 64 × 64 pixels of three channels with their gradient have room, a channel more has not.
  const auto backward_of = [](int channels) {
    return mistake_of([&](Builder& b) {
      const Tensor x = b.input("x", shape_of(batch, 64, 64, channels));
      of_samples(masked, x, x);
    });
  };
  CHECK_FALSE(backward_of(5));
  CHECK(backward_of(6).mistake == Mistake::sample_too_large);
  CHECK(backward_of(6).first == shape_of(batch, 64, 64, 6));
}

TEST_CASE("rules of operations over samples") {
  for (const Shape& shape : samples) {
    INFO("sample of rank " << shape.rank - 1 << ", " << shape.elements_per_sample() << " values");
    CHECK(first_order_error(totals(shape), Range::signed_values) < bound);
    CHECK(second_order_error(totals(shape), Range::signed_values) < bound);
    CHECK(first_order_error(correlations(shape), Range::signed_values) < bound);
    for (const bool shared : {true, false}) {
      CHECK(first_order_error(filters(shape, shared), Range::signed_values) < bound);
      CHECK(second_order_error(filters(shape, shared), Range::signed_values) < bound);
      CHECK(first_order_error(masks(shape, shared), Range::signed_values) < bound);
      CHECK(second_order_error(masks(shape, shared), Range::signed_values) < bound);
    }
  }
  for (const int size : {15, 30}) {
    CHECK(first_order_error(turned(size), Range::signed_values) < bound);
    CHECK(second_order_error(turned(size), Range::signed_values) < bound);
  }
  static_assert(second_gradients_have_shapes(totals(shape_of(batch, 2, 3, 5))));
  static_assert(second_gradients_have_shapes(filters(shape_of(batch, 7), true)));
}

TEST_CASE("a backward kernel over samples without a gradient is said where it is differentiated again") {
  Builder b;
  const Tensor x = b.input("x", shape_of(batch, 7));
  const Tensor once = differentiate::gradients(sum(of_sample(autocorrelation, x)), {x})[0];
  CHECK_FALSE(b.diagnostic());
  differentiate::gradients(sum(square(once)), {x});
  CHECK(b.diagnostic().mistake == Mistake::operation_without_gradient);
  CHECK(std::string(b.diagnostic().layer) == "autocorrelation_backward");
}
