// Shapes of images, and the mistakes that the builder records about them.
#include <isthmus/builder.hpp>

#include "support/catch.hpp"

using namespace isthmus;

namespace {

// An image's channels are the columns of the matrix that kernels see; of one channel its pixels are.
static_assert(shape_of(batch, 4, 3, 2).rows_per_sample() == 12 && shape_of(batch, 4, 3, 2).columns() == 2);
static_assert(shape_of(batch, 4, 3, 1).rows_per_sample() == 1 && shape_of(batch, 4, 3, 1).columns() == 12);
static_assert(shape_of(3, 3, 5, 1).is_flat() && shape_of(3, 3, 5, 1).columns() == 45);
static_assert(!shape_of(batch, 1).is_flat() && !shape_of(3, 1).is_flat() && !shape_of(batch, 4, 3, 2).is_flat());
static_assert(shape_of(batch, 4, 3, 2).is_image() && !shape_of(5, 4, 3, 2).is_image() &&
              !shape_of(batch, 4, 3).is_image());

constexpr Shape image = shape_of(batch, 4, 6, 2), pooled = shape_of(batch, 2, 3, 2);
constexpr Shape weights = shape_of(3, 3, 2, 5);
constexpr Window three{3, 3, 1, 1, 1, 1, 1}, by_two{2, 2, 2, 2, 0, 0, 1}, doubling{1, 1, 1, 1, 0, 0, 2};

template <class Write>
constexpr Builder written(Write write) {
  Builder b;
  b.in_layer("here");
  write(b, b.input("x", image));
  return b;
}
/// Shape and window of the last node, without a mistake.
template <class Write>
constexpr bool gives(Write write, Op op, Shape shape, const Window& window) {
  const Builder b = written(write);
  const Node& last = b[b.size() - 1];
  return !b.diagnostic() && last.op == op && last.shape == shape && last.window == window;
}
template <class Write>
constexpr bool is_mistake(Write write, Mistake mistake, Shape first, Shape second) {
  const Diagnostic found = written(write).diagnostic();
  return found.mistake == mistake && same_text(found.layer, "here") && found.first == first &&
         found.second == second;
}

constexpr auto convolved = [](Builder& b, Tensor x) {
  b.conv2d(x, b.parameter("w", weights), three, shape_of(4, 6));
};
constexpr auto transposed = [](Builder& b, Tensor x) {
  b.conv2d_transpose(x, b.parameter("w", shape_of(3, 3, 7, 2)), three, shape_of(batch, 4, 6, 7));
};
constexpr auto weighed = [](Builder& b, Tensor x) {
  b.conv2d_weights(x, b.input("y", shape_of(batch, 4, 6, 5)), three, weights);
};
constexpr auto unpooled = [](Builder& b, Tensor x) {
  const Tensor pool = b.max_pool(x, by_two, shape_of(2, 3));
  b.max_unpool(pool, pool, image);
};
constexpr auto gathered = [](Builder& b, Tensor x) { b.max_gather(x, b.max_pool(x, by_two, shape_of(2, 3))); };
constexpr auto resampled = [](Builder& b, Tensor x) {
  b.resample(x, Resampling::bilinear, false, doubling, shape_of(batch, 8, 12, 2));
};
static_assert(gives(convolved, Op::conv2d, shape_of(batch, 4, 6, 5), three));
static_assert(gives(transposed, Op::conv2d_transpose, shape_of(batch, 4, 6, 7), three));
static_assert(gives(weighed, Op::conv2d_weights, weights, three));
static_assert(gives(unpooled, Op::max_unpool, image, by_two) && gives(gathered, Op::max_gather, pooled, by_two));
static_assert(gives(resampled, Op::resample, shape_of(batch, 8, 12, 2), doubling));

// ---- Mistakes ----

constexpr auto other_channels = [](Builder& b, Tensor x) {
  b.conv2d(x, b.parameter("w", shape_of(3, 3, 4, 5)), three, shape_of(4, 6));
};
constexpr auto other_window = [](Builder& b, Tensor x) {
  b.conv2d(x, b.parameter("w", weights), by_two, shape_of(4, 6));
};
constexpr auto no_weights = [](Builder& b, Tensor x) {
  b.conv2d(x, b.parameter("w", shape_of(3, 3)), three, shape_of(4, 6));
};
constexpr auto no_image = [](Builder& b, Tensor) {
  b.conv2d(b.input("y", shape_of(batch, 48)), b.parameter("w", weights), three, shape_of(4, 6));
};
constexpr auto no_batch = [](Builder& b, Tensor) {
  b.conv2d(b.input("y", shape_of(1, 4, 6, 2)), b.parameter("w", weights), three, shape_of(4, 6));
};
static_assert(is_mistake(other_channels, Mistake::channels_differ, image, shape_of(3, 3, 4, 5)));
static_assert(is_mistake(other_window, Mistake::channels_differ, image, weights));
static_assert(is_mistake(no_weights, Mistake::channels_differ, image, shape_of(3, 3)));
static_assert(is_mistake(no_image, Mistake::channels_differ, shape_of(batch, 48), weights));
static_assert(is_mistake(no_batch, Mistake::channels_differ, shape_of(1, 4, 6, 2), weights));

// The transpose takes the channels that the convolution gives, and gives those that it takes.
constexpr auto transposed_channels = [](Builder& b, Tensor x) {
  b.conv2d_transpose(x, b.parameter("w", weights), three, image);
};
constexpr auto transposed_result = [](Builder& b, Tensor x) {
  b.conv2d_transpose(x, b.parameter("w", shape_of(3, 3, 7, 2)), three, shape_of(batch, 4, 6, 5));
};
static_assert(is_mistake(transposed_channels, Mistake::channels_differ, image, weights));
static_assert(is_mistake(transposed_result, Mistake::channels_differ, image, shape_of(3, 3, 7, 2)));

template <int height, int width, int channels>
constexpr auto large = [](Builder& b, Tensor) {
  const Tensor x = b.input("y", shape_of(batch, 4, 64, channels));
  const Tensor w = b.parameter("w", shape_of(height, width, channels, 2));
  b.conv2d(x, w, Window{height, width, 1, 1, 0, 0, 1}, shape_of(1, 1));
};
static_assert(!written(large<3, 3, 30'000>).diagnostic() && !written(large<300, 30, 2>).diagnostic());
// Of one channel all that a window sees is there at once.
static_assert(!written(large<64, 64, 1>).diagnostic() &&
              written(large<65, 64, 1>).diagnostic().mistake == Mistake::convolution_too_large);

constexpr auto other_size = [](Builder&, Tensor x) { reshape(x, shape_of(batch, 47)); };
constexpr auto lost_batch = [](Builder&, Tensor x) { reshape(x, shape_of(48)); };
constexpr auto same_size = [](Builder&, Tensor x) { reshape(x, shape_of(batch, 48)); };
static_assert(is_mistake(other_size, Mistake::sizes_of_a_reshape_differ, image, shape_of(batch, 47)));
static_assert(is_mistake(lost_batch, Mistake::sizes_of_a_reshape_differ, image, shape_of(48)));
static_assert(gives(same_size, Op::reshape, shape_of(batch, 48), Window{}));

// Beside an image there are numbers, rows of channels and images of its own size, but neither columns of pixels
// nor one image for all samples.
constexpr bool adds(Shape shape) {
  Builder b;
  b.input("x", image) + b.input("y", shape);
  return !b.diagnostic();
}
static_assert(adds({}) && adds(shape_of(1)) && adds(shape_of(2)) && adds(image));
static_assert(!adds(shape_of(6, 2)) && !adds(shape_of(4, 6, 2)) && !adds(shape_of(batch, 1, 1, 2)) &&
              !adds(shape_of(batch, 4, 6, 1)) && !adds(shape_of(1, 1, 1, 2)) && !adds(shape_of(6)));

}  // namespace

TEST_CASE("operations on images give the shapes that they say") {
  CHECK(gives(convolved, Op::conv2d, shape_of(batch, 4, 6, 5), three));
  CHECK(gives(weighed, Op::conv2d_weights, weights, three));
  CHECK(gives(gathered, Op::max_gather, pooled, by_two));
  CHECK(gives(resampled, Op::resample, shape_of(batch, 8, 12, 2), doubling));
}

TEST_CASE("mistakes about images are recorded with the layer and both shapes") {
  CHECK(is_mistake(other_channels, Mistake::channels_differ, image, shape_of(3, 3, 4, 5)));
  CHECK(is_mistake(no_image, Mistake::channels_differ, shape_of(batch, 48), weights));
  CHECK(is_mistake(other_size, Mistake::sizes_of_a_reshape_differ, image, shape_of(batch, 47)));
  CHECK(written(large<65, 64, 1>).diagnostic().mistake == Mistake::convolution_too_large);
  CHECK_FALSE(adds(shape_of(4, 6, 2)));
  CHECK(adds(shape_of(2)));
}

TEST_CASE("a graph goes on after a mistake with the shapes that it would have had") {
  const Builder b = written([](Builder& builder, Tensor x) {
    other_channels(builder, x);
    convolved(builder, x);
  });
  CHECK(b.diagnostic().mistake == Mistake::channels_differ);
  CHECK(b[b.size() - 1].shape == shape_of(batch, 4, 6, 5));
}

TEST_CASE("what distinguishes random numbers, resamplings and modes is in their nodes") {
  Builder b;
  b.in_layer("here");
  const Tensor x = b.input("x", image);
  const Node noise = b.random(Distribution::normal, image, "noise", true).node();
  CHECK(noise.attribute.as<Distribution>() == Distribution::normal);
  CHECK(noise.fixed);
  CHECK(noise.label == Label{"here", "noise", ""});
  const Node map = b.resample(x, Resampling::nearest, true, doubling, pooled).node();
  CHECK(map.attribute.as<Resampling>() == Resampling::nearest);
  CHECK(map.transpose_a);
  const Node mode = b.by_mode(Mode::training, exp(x), x).node();
  CHECK(mode.attribute.as<Mode>() == Mode::training);
  CHECK(b[mode.inputs[0]].function == &ops::exp);
  CHECK(mode.inputs[1] == x.id);
}

TEST_CASE("a statistic is a parameter that is not trained") {
  Builder b;
  const Tensor mean = b.statistic("mean", shape_of(5), 0.5f), w = b.parameter("w", shape_of(3));
  CHECK_FALSE(mean.node().trained);
  CHECK(w.node().trained);
  CHECK(mean.node().value == 0.5f);
  CHECK(parameter_count(b.view()) == 3);
}

TEST_CASE("of upsampled images only what absorb_upsampling makes can be convolved, summed or repeated") {
  const auto mistake = [](const Window& window, int channels) {
    Builder b;
    const Tensor x = b.input("x", shape_of(batch, 4, 3, channels));
    const Tensor w = b.parameter("w", shape_of(window.height(), window.width(), channels, 5));
    b.conv2d(x, w, window, shape_of(8, 6));
    return b.diagnostic().mistake;
  };
  CHECK(mistake({3, 3, 1, 1, 1, 1, 2}, 2) == Mistake::none);
  CHECK(mistake({3, 3, 1, 1, 1, 1, 2}, 1) == Mistake::convolution_too_large);
  CHECK(mistake({3, 3, 1, 1, 1, 1, 3}, 2) == Mistake::convolution_too_large);
  CHECK(mistake({2, 2, 1, 1, 0, 0, 2}, 2) == Mistake::convolution_too_large);
  CHECK(mistake({3, 3, 2, 2, 1, 1, 2}, 2) == Mistake::convolution_too_large);

  Builder b;
  const Tensor x = b.input("x", shape_of(batch, 4, 3, 2));
  CHECK(b.sum_to(x, shape_of(2)).shape() == shape_of(2));
  CHECK_FALSE(b.diagnostic());
  b.sum_to(x, shape_of(batch, 4, 3, 1));
  CHECK(b.diagnostic().mistake == Mistake::shapes_differ);
}
