// The rules of pooling, resampling, reshaping and random numbers.
#include <isthmus/differentiate/rules.hpp>

#include "differentiate/check.hpp"
#include "support/catch.hpp"
#include "support/windows.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr double bound = 1e-4;

constexpr Tensor pool(Builder& b, Tensor x, const WindowCase& one) {
  return b.max_pool(x, one.window, one.result_places);
}
constexpr Tensor pooled(Builder& b, const WindowCase& one) { return pool(b, b.input("x", one.image()), one); }
constexpr Tensor unpooled(Builder& b, const WindowCase& one) {
  return b.max_unpool(b.input("g", one.pooled()), pooled(b, one), one.image());
}
constexpr Tensor gathered(Builder& b, const WindowCase& one) {
  return b.max_gather(b.input("h", one.image()), pooled(b, one));
}
using Pooling = Tensor (*)(Builder&, const WindowCase&);
constexpr Pooling poolings[] = {pooled, unpooled, gathered};

template <Pooling pooling>
constexpr bool has_shapes(const WindowCase& one) {
  return gradients_have_shapes([&](Builder& b) { return weighted(pooling(b, one)); }) &&
         second_gradients_have_shapes([&](Builder& b) { return weighted(square(pooling(b, one))); });
}
static_assert(for_every(pools, has_shapes<pooled>) && for_every(pools, has_shapes<unpooled>) &&
              for_every(pools, has_shapes<gathered>));

// Where the largest value lies is not differentiated: only what is put there or taken from there.
static_assert(has_gradient(Op::max_unpool, 0) && !has_gradient(Op::max_unpool, 1));
static_assert(has_gradient(Op::max_gather, 0) && !has_gradient(Op::max_gather, 1));
static_assert(has_gradient(Op::max_pool, 0) && has_gradient(Op::resample, 0));

/// A resampling and the sizes it goes between.
struct ResamplingCase {
  Resampling map;
  Window window;
  Shape image, result;
};
constexpr ResamplingCase averaged(Resampling map, const WindowCase& one) {
  return {map, one.window, one.image(), one.pooled()};
}
constexpr ResamplingCase upsampled(Resampling map, int factor, int height, int width, int channels) {
  const Window window = Window().upsampled(factor);
  return {map, window, shape_of(batch, height, width, channels),
          shape_of(batch, height * factor, width * factor, channels)};
}
constexpr ResamplingCase resamplings[] = {
    averaged(Resampling::window_mean, pools[0]),
    averaged(Resampling::window_mean, pools[3]),
    averaged(Resampling::window_mean, pools[6]),
    averaged(Resampling::window_mean, pools[7]),
    averaged(Resampling::window_sum, pools[1]),
    averaged(Resampling::window_sum, pools[5]),
    upsampled(Resampling::nearest, 2, 2, 3, 2),
    upsampled(Resampling::nearest, 3, 3, 2, 1),
    upsampled(Resampling::bilinear, 2, 3, 2, 2),
    upsampled(Resampling::bilinear, 3, 2, 4, 1),
    upsampled(Resampling::bilinear, 2, 1, 5, 3),
    upsampled(Resampling::bilinear, 1, 3, 3, 2),
    averaged(Resampling::window_mean, pools[8]),
    averaged(Resampling::window_sum, pools[9]),
    averaged(Resampling::window_mean, pools[10]),
    averaged(Resampling::window_sum, pools[11]),
    {Resampling::nearest, Window().upsampled(2), shape_of(batch, 2, 3, 2, 2), shape_of(batch, 4, 7, 3, 2)},
    {Resampling::bilinear, Window().upsampled(3), shape_of(batch, 2, 3, 2, 1), shape_of(batch, 5, 9, 7, 1)},
    {Resampling::nearest, Window().upsampled(2), shape_of(batch, 3, 2), shape_of(batch, 7, 2)},
};

constexpr Tensor resampled(Builder& b, const ResamplingCase& one, bool back) {
  const Tensor x = b.input("x", back ? one.result : one.image);
  return b.resample(x, one.map, back, one.window, back ? one.image : one.result);
}
constexpr bool every_resampling_has_shapes() {
  for (const ResamplingCase& one : resamplings)
    for (const bool back : {false, true})
      if (!gradients_have_shapes([&](Builder& b) { return weighted(resampled(b, one, back)); }) ||
          !second_gradients_have_shapes([&](Builder& b) { return weighted(square(resampled(b, one, back))); }))
        return false;
  return true;
}
static_assert(every_resampling_has_shapes());

constexpr auto reshaped = [](Builder& b) {
  const Tensor rows = reshape(b.input("x", shape_of(batch, 2, 3, 5)), shape_of(batch, 30));
  const Tensor w = b.parameter("w", shape_of(4, 15));
  return weighted(square(reshape(matmul(rows, reshape(w, shape_of(30, 2))), shape_of(batch, 2, 1, 1))));
};
static_assert(gradients_have_shapes(reshaped) && second_gradients_have_shapes(reshaped));

constexpr auto noisy = [](Builder& b) {
  const Tensor x = b.input("x", shape_of(batch, 2, 3, 2));
  return weighted(square(x) * b.random(Distribution::uniform, x.shape(), "noise", false));
};
static_assert(gradients_have_shapes(noisy));

std::vector<double> results_of(Builder& b, Tensor result, const std::vector<double>& x) {
  reference::Interpreter values(b.view(), 1);
  values[0].values = x;
  values.run();
  return values[result.id].values;
}

}  // namespace

TEST_CASE("the rules of pooling, with overlap, gaps and padding") {
  for (const WindowCase& one : pools)
    for (const Pooling pooling : poolings) {
      INFO("window " << (&one - pools) << ", operation " << (&pooling - poolings));
      CHECK(first_order_error([&](Builder& b) { return weighted(pooling(b, one)); }, Range::distinct, 2) < bound);
    }
}

TEST_CASE("the gradient of pooling's gradient") {
  for (const WindowCase& one : pools)
    for (const Pooling pooling : poolings) {
      INFO("window " << (&one - pools) << ", operation " << (&pooling - poolings));
      const auto write = [&](Builder& b) { return weighted(exp(pooling(b, one) * 0.5f)); };
      CHECK(second_order_error(write, Range::distinct, 1) < bound);
    }
}

TEST_CASE("of equal values the first counts, and what lies outside does not") {
  Builder b;
  const Tensor x = b.input("x", shape_of(batch, 2, 3, 1));
  const WindowCase one = window_case(2, 3, 2, 2, 2, 2, same);
  const Tensor largest = pool(b, x, one);
  const Tensor back = differentiate::gradients(sum(largest * largest), {x})[0];
  const std::vector<double> values{-3, -2, -1, -2, -2, -1};  // The last window is cut: two values of it count.
  CHECK(results_of(b, largest, values) == std::vector<double>{-2, -1});
  CHECK(results_of(b, back, values) == std::vector<double>{0, -4, -2, 0, 0, 0});
}

TEST_CASE("what overlapping windows find in one place adds up") {
  Builder b;
  const Tensor x = b.input("x", shape_of(batch, 1, 4, 1));
  const Tensor back =
      differentiate::gradients(sum(b.max_pool(x, Window{1, 3, 1, 1, 0, 1, 1}, shape_of(1, 4))), {x})[0];
  CHECK(results_of(b, back, {1, 9, 2, 3}) == std::vector<double>{0, 3, 0, 1});
}

TEST_CASE("the rules of each resampling and of its transpose") {
  for (const ResamplingCase& one : resamplings)
    for (const bool back : {false, true}) {
      INFO("case " << (&one - resamplings) << (back ? ", transposed" : ""));
      CHECK(first_order_error([&](Builder& b) { return weighted(resampled(b, one, back)); }, Range::signed_values,
                              2) < bound);
      const auto write = [&](Builder& b) { return weighted(exp(resampled(b, one, back) * 0.3f)); };
      CHECK(second_order_error(write, Range::signed_values, 1) < bound);
    }
}

TEST_CASE("resamplings by hand") {
  const auto check = [](const ResamplingCase& one, const std::vector<double>& x,
                        const std::vector<double>& expected) {
    Builder b;
    const std::vector<double> found = results_of(b, resampled(b, one, false), x);
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) CHECK(found[i] == Approx(expected[i]));
  };
  const WindowCase edge = window_case(1, 3, 1, 2, 1, 2, same, 1);
  check(averaged(Resampling::window_mean, edge), {2, 4, 9}, {3, 9});
  check(averaged(Resampling::window_sum, edge), {2, 4, 9}, {6, 9});
  check(upsampled(Resampling::nearest, 2, 1, 2, 1), {1, 5}, {1, 1, 5, 5, 1, 1, 5, 5});
  check(upsampled(Resampling::bilinear, 2, 1, 2, 1), {1, 5}, {1, 2, 4, 5, 1, 2, 4, 5});
  check(upsampled(Resampling::bilinear, 2, 2, 1, 1), {1, 5}, {1, 1, 2, 2, 4, 4, 5, 5});
}

TEST_CASE("the rule of reshape") {
  CHECK(first_order_error(reshaped, Range::signed_values) < bound);
  CHECK(second_order_error(reshaped, Range::signed_values) < bound);
}

TEST_CASE("random numbers are constants to a gradient") {
  CHECK(first_order_error(noisy, Range::signed_values) < bound);
}
