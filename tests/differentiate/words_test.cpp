// Gradients of losses and layers that are made of several operations, against central differences.
#include <isthmus/declare.hpp>

#include "differentiate/loss_error.hpp"
#include "support/catch.hpp"

#include <cmath>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr double bound = 1e-4;

template <class Loss>
constexpr auto of_two(Loss loss, Shape shape) {
  return [=](Builder& b) {
    const Tensor y = b.input("y", shape);
    return loss(y, b.input("t", shape));
  };
}
static_assert(gradients_have_shapes(of_two(huber(0.5f), shape_of(batch, 7))));
static_assert(gradients_have_shapes(of_two(cosine_distance, shape_of(batch, 7))));
static_assert(second_gradients_have_shapes(of_two(cosine_distance, shape_of(batch, 2, 3, 5))));

/// The gradients of the cosine distance in y and in the target, of one sample.
std::vector<double> cosine_gradients(const std::vector<double>& y, const std::vector<double>& t) {
  Builder b;
  const Tensor loss = of_two(cosine_distance, shape_of(batch, static_cast<int>(y.size())))(b);
  const auto gradient = differentiate::gradients(loss, sources_of(b));
  reference::Interpreter values(b.view(), 1);
  values.named("y").values = y;
  values.named("t").values = t;
  values.run();
  std::vector<double> both = values[gradient[0].id].values;
  for (const double g : values[gradient[1].id].values) both.push_back(g);
  return both;
}

constexpr auto rows = autoencoder(encoder(input<7>("x"), dense<5>("h") | layer_norm("norm") | isthmus::tanh),
                                  bottleneck(dense<3>("code")), decoder(dense<7>("out") | layer_norm("last")));
constexpr auto images = autoencoder(encoder(input<3, 5, 2>("x"), conv2d<6, 3>("enc") | group_norm<2>("norm")),
                                    bottleneck(conv2d<1, 3>("code") | group_norm<1>("of_one") | isthmus::tanh),
                                    decoder(conv2d<2, 3>("out") | group_norm<2>("of_each")));

}  // namespace

TEST_CASE("gradients of Huber's loss and of the cosine distance") {
  for (const int samples : {1, 3}) {
    INFO("batch " << samples);
    for (const Shape& shape : {shape_of(batch, 1), shape_of(batch, 7), shape_of(batch, 2, 3, 5)}) {
      // Errors are up to 3.2: on both sides of each delta.
      CHECK(first_order_error(of_two(huber, shape), Range::signed_values, samples) < bound);
      CHECK(first_order_error(of_two(huber(0.25f), shape), Range::signed_values, samples) < bound);
      CHECK(first_order_error(of_two(cosine_distance, shape), Range::signed_values, samples) < bound);
    }
    CHECK(second_order_error(of_two(cosine_distance, shape_of(batch, 7)), Range::signed_values, samples) < bound);
    CHECK(error_of(rows.graph, huber(0.5f) + 0.5f * cosine_distance, samples) < bound);
  }
}

TEST_CASE("the cosine distance has finite gradients at zero") {
  const double epsilon = double{1e-8f * 1e-8f};
  const std::vector<double> t = {3, 0, -4}, zero(3, 0.0);
  const std::vector<double> at_zero = cosine_gradients(zero, t);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(at_zero[i] == Approx(-t[i] / 5 / std::sqrt(epsilon)).epsilon(1e-12));
    CHECK(at_zero[3 + i] == 0);
  }
  CHECK(cosine_gradients(zero, zero) == std::vector<double>(6, 0.0));
}

TEST_CASE("gradients through the normalization of rows and of groups of channels") {
  for (const int samples : {1, 3}) {
    INFO("batch " << samples);
    CHECK(error_of(rows.graph, gaussian, samples) < bound);
    CHECK(error_of(images.graph, gaussian, samples) < bound);
    CHECK(error_of(rows.graph, gaussian + 0.5f * contraction("code"), samples) < bound);
  }
}
