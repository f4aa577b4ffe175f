// Rewrites before differentiation: that each finds its pattern, lets alone what only looks like it, and keeps the
// meaning, also of the training step that is written after it.
#include <isthmus/plan/rewrites.hpp>

#include "plan/small_images.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

// ---- absorb_upsampling ----

constexpr int absorbed(const Graph& graph) {
  int count = 0;
  for (const Node& node : plan::absorb_upsampling(graph).nodes)
    count += is_convolution(node.op) && node.window.upsample() == 2;
  return count;
}
template <const Window& window, int factor = 2, Resampling map = Resampling::nearest>
constexpr auto upsampled_convolution =
    [](Builder& b, Tensor x) { return convolution(b, upsample<factor>(map)(x), window, 2); };
constexpr auto read_twice = [](Builder& b, Tensor x) {
  const Tensor large = upsample<2>(x);
  return convolution(b, large, same3, 3) + large;
};
constexpr auto summed_back = [](Builder& b, Tensor x) {  // The transpose of an upsampling: sums of 2 × 2.
  const Window window = Window().upsampled(2);
  return convolution(b, b.resample(x, Resampling::nearest, true, window, shape_of(batch, 3, 2, 3)), same3, 2);
};
constexpr auto averaged = [](Builder& b, Tensor x) { return convolution(b, average_pool<2>(x), same3, 2); };
constexpr Shape one_channel = shape_of(batch, 6, 4, 1);

static_assert(absorbed(written(upsampled_convolution<same3>)) == 1);
static_assert(count_after(plan::absorb_upsampling, written(upsampled_convolution<same3>), Op::resample) == 0);
static_assert(absorbed(written(read_twice)) == 1);  // The large image is there for its other reader.
static_assert(count_after(plan::absorb_upsampling, written(read_twice), Op::resample) == 1);
static_assert(absorbed(written(upsampled_convolution<valid3>)) == 0);
static_assert(absorbed(written(upsampled_convolution<same5>)) == 0);
static_assert(absorbed(written(upsampled_convolution<strided>)) == 0);
static_assert(absorbed(written(upsampled_convolution<wide>)) == 0);
static_assert(absorbed(written(upsampled_convolution<same3, 3>)) == 0);
static_assert(absorbed(written(upsampled_convolution<same3, 2, Resampling::bilinear>)) == 0);
static_assert(absorbed(written(upsampled_convolution<same3>, one_channel)) == 0);
static_assert(absorbed(written(summed_back)) == 0 && absorbed(written(averaged)) == 0);

// ---- pool_first ----

/// The operation that max_pool reads afterwards.
constexpr Op pooled_after(const Graph& before) {
  const Graph graph = plan::pool_first(before);
  int count = 0;
  const int pool = find_only(graph, Op::max_pool, count);
  return count == 1 ? GraphView(graph)[GraphView(graph)[pool].inputs[0]].op : Op::assign;
}
constexpr bool moves(const Graph& graph) { return pooled_after(graph) == Op::conv2d; }

template <const Elementwise& op, int percent = 0>
constexpr auto activated =
    [](Builder& b, Tensor x) { return max_pool<2>(b.unary(op, biased(b, x), 0.01f * percent)); };
constexpr auto twice_activated = [](Builder& b, Tensor x) {
  return max_pool<3, 1>(exp(tanh(biased(b, x)) + b.parameter("scalar", shape_of(1))));
};
constexpr auto computed_rows = [](Builder& b, Tensor x) {
  const Tensor y = convolution(b, x, same3, 2) - exp(b.parameter("mean", shape_of(2)));
  return max_pool<2>(relu(y + b.parameter("scale", shape_of(2)) * 0.5f));
};
constexpr auto normalized = [](Builder& b, Tensor x) {
  const Tensor y = convolution(b, x, same3, 2) - b.parameter("mean", shape_of(2));
  return max_pool<2>(relu(y * b.parameter("scale", shape_of(2)) + b.parameter("shift", shape_of(2))));
};
constexpr auto overlapping = [](Builder& b, Tensor x) { return max_pool<3, 2>(same)(relu(biased(b, x))); };
constexpr auto unbiased = [](Builder& b, Tensor x) { return max_pool<2>(convolution(b, x, same3, 2)); };
constexpr auto activation_read = [](Builder& b, Tensor x) {
  const Tensor h = relu(biased(b, x));
  return sum(h) + max_pool<2>(h);
};
constexpr auto convolution_read = [](Builder& b, Tensor x) {
  const Tensor h = convolution(b, x, same3, 2);
  return sum(h) + max_pool<2>(relu(h));
};
constexpr auto two_images = [](Builder& b, Tensor x) {
  return max_pool<2>(convolution(b, x, same3, 2) + convolution(b, x, same3, 2, "v"));
};
constexpr auto scaled = [](Builder& b, Tensor x) {
  return max_pool<2>(convolution(b, x, same3, 2) * b.parameter("scale", shape_of(2)));
};
constexpr auto no_convolution = [](Builder&, Tensor x) { return max_pool<2>(relu(x)); };
constexpr auto across_the_cut = [](Builder& b, Tensor x) { return max_pool<2>(b.bottleneck(relu(biased(b, x)))); };
constexpr auto averages = [](Builder& b, Tensor x) { return average_pool<2>(relu(biased(b, x))); };

static_assert(moves(written(activated<ops::relu>)) && moves(written(activated<ops::sigmoid>)) &&
              moves(written(activated<ops::tanh>)) && moves(written(activated<ops::softplus>)) &&
              moves(written(activated<ops::exp>)) && moves(written(activated<ops::elu, 50>)) &&
              moves(written(activated<ops::leaky_relu, 20>)) && moves(written(activated<ops::leaky_relu, 0>)));
static_assert(moves(written(twice_activated)) && moves(written(overlapping)) && moves(written(computed_rows)));
// A factor may be negative; folded into the weights it is none any more.
static_assert(!moves(written(normalized)) && moves(plan::fold_normalization(written(normalized))));
// Functions that decrease somewhere, or that may be undefined somewhere.
static_assert(!moves(written(activated<ops::leaky_relu, -20>)) && !moves(written(activated<ops::elu, -50>)) &&
              !moves(written(activated<ops::negate>)) && !moves(written(activated<ops::absolute>)) &&
              !moves(written(activated<ops::sin>)) && !moves(written(activated<ops::cos>)) &&
              !moves(written(activated<ops::swish>)) && !moves(written(activated<ops::log>)) &&
              !moves(written(activated<ops::sqrt>)));
static_assert(!moves(written(activation_read)) && !moves(written(scaled)) && !moves(written(across_the_cut)));
static_assert(!moves(written(two_images)) && !moves(written(no_convolution)) && !moves(written(convolution_read)));
static_assert(plan::pool_first(written(averages)).nodes.size() == written(averages).nodes.size() &&
              pooled_after(written(averages)) == Op::assign);

}  // namespace

TEST_CASE("an upsampling goes into the convolution behind it, and nothing else does") {
  CHECK(absorbed(written(upsampled_convolution<same3>)) == 1);
  CHECK(absorbed(written(upsampled_convolution<same5>)) == 0);
  CHECK(absorbed(written(upsampled_convolution<same3, 2, Resampling::bilinear>)) == 0);
  check_meaning(written(upsampled_convolution<same3>), plan::absorb_upsampling);
  check_meaning(written(read_twice), plan::absorb_upsampling);
  check_meaning(written(upsampled_convolution<wide>), plan::absorb_upsampling);
  check_meaning(written(summed_back), plan::absorb_upsampling);
}

TEST_CASE("pooling comes before bias and an increasing activation") {
  CHECK(moves(written(activated<ops::relu>)));
  CHECK_FALSE(moves(written(activated<ops::leaky_relu, -20>)));
  CHECK_FALSE(moves(written(activation_read)));
  check_meaning(written(activated<ops::relu>), plan::pool_first);
  check_meaning(written(activated<ops::elu, 50>), plan::pool_first);
  check_meaning(written(activated<ops::elu, -50>), plan::pool_first);
  check_meaning(written(activated<ops::leaky_relu, 20>), plan::pool_first);
  check_meaning(written(activated<ops::leaky_relu, -20>), plan::pool_first);
  check_meaning(written(twice_activated), plan::pool_first);
  check_meaning(written(overlapping), plan::pool_first);
  check_meaning(written(computed_rows), plan::pool_first);
  check_meaning(plan::fold_normalization(written(normalized)), plan::pool_first);
  check_meaning(written(convolution_read), plan::pool_first);
}

TEST_CASE("what is pooled first is the same bits") {
  const Graph before = written(activated<ops::tanh>);
  CHECK(meaning_of(plan::pool_first(before), 3).at("y") == meaning_of(before, 3).at("y"));
}
