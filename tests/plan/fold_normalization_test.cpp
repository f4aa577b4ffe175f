// The operations that remain of a batch norm where nothing is trained.
#include <isthmus/plan/rewrites.hpp>

#include "plan/small_images.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

/// Operations on what has a batch that are left beside convolutions and products.
constexpr int arithmetic_left(const Graph& graph) {
  int count = 0;
  for (const Node& node : graph.nodes) count += node.op == Op::elementwise && node.shape.has_batch();
  return count;
}
constexpr int after_folding(const Graph& graph) { return arithmetic_left(plan::fold_normalization(graph)); }

/// A batch norm as it is where nothing trains.
template <class Layer>
constexpr Graph normalized(Layer layer, Shape image = shape_of(batch, 6, 4, 3)) {
  const auto write = [&](Builder&, Tensor x) { return (layer | batch_norm("bn"))(x); };
  return plan::resolve_modes(written(write, image), false, false);
}
constexpr auto plain = conv2d<4, 3>("c", no_bias);
constexpr auto with_bias = conv2d<4, 3>("c", stride(2));
constexpr auto rows = flatten | dense<5>("d");
constexpr auto single = conv2d<1, 3>("c");
constexpr auto behind_relu = conv2d<4, 3>("c") | relu;

constexpr auto square_of = [](Builder& b, Tensor x) {
  const Tensor h = convolution(b, x, same3, 2);
  return h * h;
};
constexpr auto by_scalar = [](Builder& b, Tensor x) { return convolution(b, x, same3, 2) * 0.5f; };
constexpr auto by_data = [](Builder& b, Tensor x) {
  return convolution(b, x, same3, 3) * b.sum_to(x, shape_of(3));
};
constexpr auto by_data_and_parameter = [](Builder& b, Tensor x) {
  return convolution(b, x, same3, 3) * (b.sum_to(x, shape_of(3)) + b.parameter("s", shape_of(3)));
};
constexpr auto read_beside = [](Builder& b, Tensor x) {
  const Tensor h = convolution(b, x, same3, 2);
  return h * b.parameter("s", shape_of(2)) + h;
};
constexpr auto bias_read_beside = [](Builder& b, Tensor x) {
  const Tensor h = biased(b, x);
  return h * b.parameter("s", shape_of(2)) + h;
};
constexpr auto turned = [](Builder& b, Tensor x) {
  const Tensor h = matmul(flatten(x), b.parameter("w", shape_of(72, 72)), false, true);
  return h * b.parameter("s", shape_of(72));
};
/// The other reader goes on with the weights as they are.
constexpr auto weights_read_twice = [](Builder& b, Tensor x) {
  const Tensor w = b.parameter("w", shape_of(3, 3, 3, 3));
  const Tensor h = b.conv2d(x, w, same3, shape_of(6, 4)) * b.parameter("s", shape_of(3));
  return b.conv2d(h, w, same3, shape_of(6, 4));
};

// (x + bias - mean) · s + shift: only the additions are left, which go into a convolution's epilogue.
static_assert(arithmetic_left(normalized(plain)) == 3 && after_folding(normalized(plain)) == 2);
static_assert(arithmetic_left(normalized(with_bias)) == 4 && after_folding(normalized(with_bias)) == 3);
static_assert(arithmetic_left(normalized(rows)) == 4 && after_folding(normalized(rows)) == 3);
static_assert(count_after(plan::fold_normalization, normalized(plain), Op::conv2d) == 1);
static_assert(after_folding(normalized(single)) == 4 && after_folding(normalized(behind_relu)) == 5);
static_assert(after_folding(written(square_of)) == 1 && after_folding(written(by_scalar)) == 1 &&
              after_folding(written(by_data)) == 1 && after_folding(written(by_data_and_parameter)) == 1);
static_assert(after_folding(written(read_beside)) == 2 && after_folding(written(bias_read_beside)) == 3);
static_assert(count_after(plan::fold_normalization, written(bias_read_beside), Op::conv2d) == 1);
static_assert(after_folding(written(turned)) == 1 && after_folding(written(weights_read_twice)) == 0);

}  // namespace

TEST_CASE("the factors of a batch norm go into the weights") {
  CHECK(after_folding(normalized(plain)) == 2);
  CHECK(after_folding(written(read_beside)) == 2);
  for (const Graph& graph :
       {normalized(plain), normalized(with_bias), normalized(rows), normalized(single), normalized(behind_relu),
        written(square_of), written(by_scalar), written(by_data), written(by_data_and_parameter),
        written(read_beside), written(bias_read_beside), written(turned), written(weights_read_twice)}) {
    REQUIRE(graph.nodes.size() > 2);
    CHECK(difference(meaning_of(plan::fold_normalization(graph), 2), meaning_of(graph, 2)) < 1e-12);
  }
}
