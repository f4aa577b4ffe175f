// Convolutions with their algorithms, and weights in the forms that these read.
#include <isthmus/plan/rewrites.hpp>

#include "plan/small_images.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr int with_algorithm(const Graph& graph, Algorithm algorithm, Op op) {
  int count = 0;
  for (const Node& node : graph.nodes) count += node.op == op && node.algorithm == algorithm;
  return count;
}
constexpr Graph chosen(const Graph& graph, bool winograd = true) {
  plan::Rewrites rewrites;
  rewrites.winograd = winograd;
  return plan::choose_convolutions(graph, rewrites);
}
constexpr Graph one_convolution(int channels, int results, const Window& window) {
  return written([&](Builder& b, Tensor x) { return convolution(b, x, window, results); },
                 shape_of(batch, 8, 8, channels));
}

constexpr auto both_ways = [](Builder& b, Tensor x) {  // The same weights three times, in two forms.
  const Tensor w = b.parameter("w", shape_of(3, 3, 16, 16));
  const Tensor h = b.conv2d(b.conv2d(x, w, same3, shape_of(8, 8)), w, same3, shape_of(8, 8));
  return b.conv2d_transpose(h, w, same3, shape_of(batch, 8, 8, 16));
};
constexpr auto gradient = [](Builder& b, Tensor x) {
  const Tensor y = b.conv2d_weights(x, x, same3, shape_of(3, 3, 16, 16));
  return x + b.sum_to(y, shape_of(16));
};
constexpr Shape sixteen = shape_of(batch, 8, 8, 16);

static_assert(with_algorithm(chosen(written(both_ways, sixteen)), Algorithm::winograd, Op::conv2d_pack) == 2);
static_assert(with_algorithm(chosen(written(both_ways, sixteen)), Algorithm::winograd, Op::conv2d) == 2);
// Not transposed and in whole panels, weights are read as they are.
static_assert(with_algorithm(chosen(written(both_ways, sixteen), false), Algorithm::direct, Op::conv2d_pack) == 1);
static_assert(operations(chosen(written(both_ways, sixteen)), Op::parameter) == 1);
// Whether it pays is decided before pooling: of 2 × 2 results one would not.
constexpr auto pooled_to_one = [](Builder& b, Tensor x) { return max_pool<2>(convolution(b, x, same3, 64)); };
constexpr Graph pooled() { return plan::fuse_pooling(written(pooled_to_one, shape_of(batch, 2, 2, 64))); }
static_assert(pooled().nodes.back().shape == shape_of(batch, 1, 1, 64));
static_assert(with_algorithm(chosen(pooled()), Algorithm::winograd, Op::conv2d) == 1);
static_assert(operations(chosen(written(gradient, sixteen)), Op::conv2d_restore) == 1);

}  // namespace

TEST_CASE("weights are packed once for each form") {
  CHECK(with_algorithm(chosen(written(both_ways, sixteen)), Algorithm::winograd, Op::conv2d_pack) == 2);
  for (const bool winograd : {true, false})
    for (const Graph& graph :
         {written(both_ways, sixteen), written(gradient, sixteen), pooled(), one_convolution(3, 5, same3),
          one_convolution(17, 1, strided), one_convolution(1, 3, valid3), one_convolution(16, 18, valid3),
          one_convolution(3, 1, wide)}) {
      const Graph after = chosen(graph, winograd);
      CHECK(difference(meaning_of(after, 2), meaning_of(graph, 2)) < 1e-10);
      const Graph step = training_step(graph);
      CHECK(difference(meaning_of(chosen(step, winograd), 2), meaning_of(step, 2)) < 1e-10);
    }
}
