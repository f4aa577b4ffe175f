// Simplification and legalization of operations on images.
#include <isthmus/plan/simplify.hpp>

#include "plan/small_images.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr int simplified(const Graph& graph, Op op) { return count_after(plan::simplify, graph, op); }
constexpr int legalized(const Graph& graph, Op op) { return count_after(plan::legalize, graph, op); }

constexpr auto twice_the_same = [](Builder& b, Tensor x) {
  const Tensor w = b.parameter("w", shape_of(3, 3, 3, 3));
  return b.conv2d(x, w, same3, shape_of(6, 4)) * b.conv2d(x, w, same3, shape_of(6, 4));
};
constexpr auto two_windows = [](Builder& b, Tensor x) {
  const Tensor w = b.parameter("w", shape_of(3, 3, 3, 3));
  return b.conv2d(x, w, same3, shape_of(6, 4)) * b.conv2d(x, w, Window{3, 3, 1, 1, 0, 2, 1}, shape_of(6, 4));
};
constexpr auto two_pools = [](Builder& b, Tensor x) {
  return b.max_pool(x, Window{2, 2, 2, 2, 0, 0, 1}, shape_of(3, 2)) *
         b.max_pool(x, Window{2, 2, 2, 2, 0, 1, 1}, shape_of(3, 2));
};
constexpr auto two_maps = [](Builder& b, Tensor x) {
  Window window{2, 2, 2, 2, 0, 0, 2};
  const Shape small = shape_of(batch, 3, 2, x.shape().channels());
  return b.resample(x, Resampling::window_sum, false, window, small) *
         b.resample(x, Resampling::window_mean, false, window, small) *
         b.resample(x, Resampling::nearest, true, window, small);
};
/// Attributes that passes set, and not only the declared ones, keep nodes apart: the same convolution, pooled or
/// by another algorithm.
constexpr Graph set_apart(bool by_pooling) {
  Graph graph = written(twice_the_same);
  bool second = false;
  for (Node& node : graph.nodes)
    if (node.op == Op::conv2d) {
      if (second) by_pooling ? node.pooled = true : (node.algorithm = Algorithm::winograd, true);
      second = true;
    }
  return graph;
}
constexpr auto two_draws = [](Builder& b, Tensor x) {
  return x * b.random(Distribution::uniform, x.shape(), "noise", false) *
         b.random(Distribution::uniform, x.shape(), "noise", false);
};
constexpr auto reshaped_twice = [](Builder&, Tensor x) {
  return reshape(exp(reshape(reshape(x, shape_of(batch, 72)), shape_of(batch, 8, 9))), shape_of(batch, 72));
};
constexpr auto reshaped_back = [](Builder&, Tensor x) {
  return exp(reshape(reshape(x, shape_of(batch, 72)), x.shape()));
};

static_assert(simplified(written(twice_the_same), Op::conv2d) == 1);
static_assert(simplified(written(two_windows), Op::conv2d) == 2);
static_assert(simplified(set_apart(true), Op::conv2d) == 2 && simplified(set_apart(false), Op::conv2d) == 2);
static_assert(simplified(written(two_pools), Op::max_pool) == 2);
static_assert(simplified(written(two_maps), Op::resample) == 3);
static_assert(simplified(written(two_draws), Op::random) == 2);
static_assert(simplified(written(reshaped_twice), Op::reshape) == 2);
static_assert(simplified(written(reshaped_back), Op::reshape) == 0);

// ---- legalize ----

constexpr Shape one_channel = shape_of(batch, 6, 4, 1);
constexpr auto convolved_twice = [](Builder& b, Tensor x) {
  return convolution(b, x, same3, 2) + convolution(b, x, same3, 2, "v");
};
constexpr auto bias_gradient = [](Builder& b, Tensor x) { return exp(x) * b.sum_to(exp(x), shape_of(1)); };

// The caller's memory is copied once for all readers; pixels of one channel are rows there as well.
static_assert(legalized(written(convolved_twice), Op::broadcast) == 1);
static_assert(legalized(written(convolved_twice, one_channel), Op::broadcast) == 0);
static_assert(legalized(written(reshaped_back), Op::broadcast) == 1);
// Over samples first, then over pixels.
static_assert(legalized(written(bias_gradient, one_channel), Op::sum_to) == 2);
static_assert(legalized(written(bias_gradient), Op::sum_to) == 2);

}  // namespace

TEST_CASE("nodes of images are one only if they are alike in everything") {
  CHECK(simplified(written(twice_the_same), Op::conv2d) == 1);
  CHECK(simplified(written(two_windows), Op::conv2d) == 2);
  CHECK(simplified(set_apart(true), Op::conv2d) == 2);
  CHECK(simplified(written(two_draws), Op::random) == 2);
}

TEST_CASE("simplified and legalized graphs of images mean the same") {
  for (const Shape& image : {shape_of(batch, 6, 4, 3), one_channel})
    for (const Graph& graph : {written(two_pools, image), written(two_maps, image), written(two_draws, image),
                               written(convolved_twice, image), written(bias_gradient, image)}) {
      REQUIRE(graph.nodes.size() > 2);
      const Meaning expected = meaning_of(graph, 3);
      CHECK(difference(meaning_of(plan::simplify(graph), 3), expected) < 1e-12);
      CHECK(difference(meaning_of(plan::legalize(graph), 3), expected) < 1e-12);
    }
  for (const Graph& graph : {written(reshaped_twice), written(reshaped_back), written(two_windows)})
    CHECK(difference(meaning_of(plan::legalize(plan::simplify(graph)), 3), meaning_of(graph, 3)) < 1e-12);
}
