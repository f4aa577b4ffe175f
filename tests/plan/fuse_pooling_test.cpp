// Convolutions that pool their own results.
#include <isthmus/plan/rewrites.hpp>

#include "plan/small_images.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr bool pools_itself(const Graph& before) {
  const Graph graph = plan::fuse_pooling(before);
  for (const Node& node : graph.nodes)
    if (node.pooled) return operations(graph, Op::max_pool) == 0;
  return false;
}
template <const Window& window, int channels>
constexpr auto pooled_convolution =
    [](Builder& b, Tensor x) { return max_pool<2>(convolution(b, x, window, channels)); };
template <int size, int step, Padding padding>
constexpr auto other_pool =
    [](Builder& b, Tensor x) { return max_pool<size, step>(padding)(convolution(b, x, same3, 2)); };
constexpr auto pool_of_doubled = [](Builder& b, Tensor x) {
  return max_pool<2>(convolution(b, x, Window{3, 3, 1, 1, 1, 1, 2}, 2));
};
constexpr auto also_read = [](Builder& b, Tensor x) {
  const Tensor h = convolution(b, x, same3, 2);
  return sum(h) + max_pool<2>(h);
};
constexpr auto pool_of_transposed = [](Builder& b, Tensor x) {
  const Tensor w = b.parameter("w", shape_of(3, 3, 2, 3));
  return max_pool<2>(b.conv2d_transpose(x, w, same3, shape_of(batch, 6, 4, 2)));
};
/// The pool is read, and where it found things.
constexpr auto with_unpool = [](Builder& b, Tensor x) {
  const Tensor pool = max_pool<2>(convolution(b, x, same3, 2));
  const Tensor taken = b.max_gather(exp(tanh(convolution(b, x, same3, 2, "v"))), pool);
  const Shape image = shape_of(batch, 6, 4, 2);
  return b.max_unpool(pool * pool, pool, image) + b.max_unpool(taken, pool, image);
};

static_assert(pools_itself(written(pooled_convolution<same3, 2>)) &&
              pools_itself(written(pooled_convolution<strided, 2>, shape_of(batch, 7, 11, 3))));
static_assert(pools_itself(written(with_unpool)) && pools_itself(written(pooled_convolution<same5, 17>)));
static_assert(!pools_itself(written(pooled_convolution<same3, 2>, shape_of(batch, 5, 4, 3))) &&
              !pools_itself(written(pooled_convolution<same3, 2>, shape_of(batch, 6, 5, 3))) &&
              !pools_itself(written(pooled_convolution<valid3, 1>)));
static_assert(!pools_itself(written(other_pool<3, 2, valid>)) && !pools_itself(written(other_pool<2, 1, valid>)) &&
              !pools_itself(written(other_pool<3, 3, valid>)) && !pools_itself(written(other_pool<3, 2, same>)));
static_assert(!pools_itself(written(pool_of_doubled)) && !pools_itself(written(also_read)) &&
              !pools_itself(written(pool_of_transposed)));

}  // namespace

TEST_CASE("a convolution pools its own results if nothing else reads them") {
  CHECK(pools_itself(written(pooled_convolution<same3, 2>)));
  CHECK_FALSE(pools_itself(written(also_read)));
  CHECK_FALSE(pools_itself(written(pooled_convolution<same3, 2>, shape_of(batch, 5, 4, 3))));
  for (const Graph& graph : {written(pooled_convolution<same3, 2>), written(with_unpool), written(also_read)}) {
    // It comes after differentiation.
    for (const Graph& each : {graph, training_step(graph)})
      CHECK(difference(meaning_of(plan::fuse_pooling(each), 2), meaning_of(each, 2)) == 0);
  }
}

namespace {

/// Gradients of weights that put a pool's gradient back while they read it.
int puts_back(const Graph& graph) {
  int count = 0;
  for (const Node& node : plan::fuse_pooling(graph).nodes) count += node.op == Op::conv2d_weights && node.pooled;
  return count;
}
/// The gradient of the weights for a gradient that is put back, which `read_again` also reads.
template <bool read_again, int channels>
constexpr auto weights_of_unpooled = [](Builder& b, Tensor x) {
  const Tensor pool = max_pool<2>(convolution(b, x, same3, channels));
  const Tensor back = b.max_unpool(pool * pool, pool, shape_of(batch, 6, 4, channels));
  const Tensor gradient = sum(b.conv2d_weights(x, back, same3, shape_of(3, 3, x.shape().channels(), channels)));
  return read_again ? gradient + sum(back * back) : gradient;
};
constexpr auto overlapping_pool = [](Builder& b, Tensor x) {
  const Tensor pool = max_pool<3, 2>(same)(convolution(b, x, same3, 2));
  return sum(b.conv2d_weights(x, b.max_unpool(pool * pool, pool, shape_of(batch, 6, 4, 2)), same3,
                              shape_of(3, 3, x.shape().channels(), 2)));
};

}  // namespace

TEST_CASE("a gradient of weights puts a pool's gradient back itself if nothing else reads it") {
  const Graph graphs[] = {written(weights_of_unpooled<false, 2>),
                          written(weights_of_unpooled<false, 17>),
                          training_step(written(pooled_convolution<same3, 2>)),
                          written(weights_of_unpooled<true, 2>),
                          written(weights_of_unpooled<false, 1>),
                          written(overlapping_pool)};
  const int expected[] = {1, 1, 1, 0, 0, 0};
  for (std::size_t i = 0; i < 6; ++i) {
    INFO(i);
    REQUIRE(graphs[i].nodes.size() > 3);
    CHECK(puts_back(graphs[i]) == expected[i]);
    CHECK(count_after(plan::fuse_pooling, graphs[i], Op::max_unpool) == 1 - expected[i]);
    CHECK(difference(meaning_of(plan::fuse_pooling(graphs[i]), 2), meaning_of(graphs[i], 2)) == 0);
  }
}
