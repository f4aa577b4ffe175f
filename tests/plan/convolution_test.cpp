// The convolutions' algorithms: that their tables give what the sums give, and which is chosen.
#include <isthmus/plan/rewrites.hpp>

#include "plan/meaning.hpp"
#include "support/catch.hpp"
#include "support/windows.hpp"

using namespace isthmus;
using namespace isthmus::testing;
using plan::Bilinear;

namespace {

/// How much of w[tap] · patch[i] is in result r, by the table.
constexpr double by_table(const Bilinear& table, int r, int tap, int i) {
  double sum = 0;
  for (int p = 0; p < table.products; ++p)
    sum += double{table.out[r][p]} * double{table.weights[p][tap]} * double{table.in[p][i]};
  return sum;
}
/// The same as it is written: whether tap k of result r sees this pixel, counted from the patch's own.
using Sees = bool (*)(const Bilinear& table, int r, int tap, int pixel);
/// A patch starts where the first result's first tap sees.
constexpr bool sees(const Bilinear&, int r, int tap, int pixel) { return pixel == r + tap; }
/// Pixels that are each there twice: tap k of result r sees pixel (r + k - pad) / 2, rounded down.
constexpr bool sees_doubled(const Bilinear& table, int r, int tap, int pixel) {
  const int at = r + tap - table.window / 2;
  return at == 2 * pixel || at == 2 * pixel + 1;
}
/// Pixel 0 is seen by tap k of result j where (j + k - pad) / 2 is 0, rounded down.
constexpr bool sees_doubled_back(const Bilinear& table, int, int tap, int j) {
  return sees_doubled(table, j, tap, 0);
}

constexpr bool is_exact(const Bilinear& table, Sees seen) {
  for (int r = 0; r < table.block; ++r)
    for (int tap = 0; tap < table.window; ++tap)
      for (int i = 0; i < table.patch; ++i)
        if (by_table(table, r, tap, i) != (seen(table, r, tap, i - table.before) ? 1.0 : 0.0)) return false;
  return true;
}
static_assert(is_exact(plan::winograd, sees) && !is_exact(plan::winograd, sees_doubled));
static_assert(is_exact(plan::identity, sees));

/// Of a window over doubled pixels: exact there and back, half as many products as written, and patches follow
/// each other as the blocks do.
constexpr bool is_subpixel(const Bilinear& table, const Bilinear& back) {
  return is_exact(table, sees_doubled) && !is_exact(table, sees) && is_exact(back, sees_doubled_back) &&
         !is_exact(back, sees_doubled) && table.products == table.window && back.products == table.window &&
         2 * table.step == table.block && back.step == 2 * back.block;
}
static_assert(is_subpixel(plan::subpixel3, plan::subpixel3_transposed));
static_assert(is_subpixel(plan::subpixel5, plan::subpixel5_transposed));
static_assert(is_subpixel(plan::subpixel7, plan::subpixel7_transposed));
static_assert(plan::winograd.step == plan::winograd.block && plan::winograd.patch == 4);

// ---- Choice ----

constexpr Window plain{3, 3, 1, 1, 1, 1, 1}, valid_window{3, 3, 1, 1, 0, 0, 1}, strided{3, 3, 2, 2, 1, 1, 1};
constexpr Window strided_down{3, 3, 2, 1, 1, 1, 1}, wide{3, 5, 1, 1, 1, 2, 1}, doubled{3, 3, 1, 1, 1, 1, 2};
constexpr Shape image_of(int channels, int size = 8) { return shape_of(batch, size, size, channels); }
constexpr Algorithm chosen(Op op, const Window& window, int channels, int results, bool allow = true,
                           int size = 8) {
  return plan::choose_algorithm(op, window, image_of(channels, size), image_of(results, size), allow);
}
constexpr bool every_op(const Window& window, int channels, int results, Algorithm expected) {
  return chosen(Op::conv2d, window, channels, results) == expected &&
         chosen(Op::conv2d_transpose, window, channels, results) == expected &&
         chosen(Op::conv2d_weights, window, channels, results) == expected;
}
static_assert(every_op(plain, 16, 16, Algorithm::winograd) && every_op(valid_window, 64, 32, Algorithm::winograd));
static_assert(every_op(plain, 15, 64, Algorithm::direct) && every_op(plain, 64, 15, Algorithm::direct));
static_assert(every_op(strided, 64, 64, Algorithm::direct) && every_op(strided_down, 64, 64, Algorithm::direct));
static_assert(every_op(wide, 64, 64, Algorithm::direct) && every_op(doubled, 64, 64, Algorithm::subpixel));
static_assert(chosen(Op::conv2d, plain, 64, 64, false) == Algorithm::direct);
static_assert(chosen(Op::conv2d, doubled, 64, 64, false) == Algorithm::subpixel);
// The best algorithm depends on which side has the many channels; the transpose goes from the result to the image.
static_assert(chosen(Op::conv2d, plain, 16, 128, true, 3) == Algorithm::winograd &&
              chosen(Op::conv2d, plain, 128, 16, true, 3) == Algorithm::direct);
static_assert(chosen(Op::conv2d_transpose, plain, 128, 16, true, 3) == Algorithm::winograd &&
              chosen(Op::conv2d_transpose, plain, 16, 128, true, 3) == Algorithm::direct &&
              chosen(Op::conv2d_transpose, plain, 48, 16, true, 3) == Algorithm::direct);
// Of series.
constexpr Window three_of_a_row({}, {}, {3, 1, 1}), seven_doubled({}, {}, {7, 1, 3}, 2);
constexpr Algorithm chosen_of_series(Op op, const Window& window, int channels, int results) {
  return plan::choose_algorithm(op, window, shape_of(batch, 40, channels), shape_of(batch, 40, results), true);
}
static_assert(chosen_of_series(Op::conv2d, three_of_a_row, 64, 128) == Algorithm::winograd &&
              chosen_of_series(Op::conv2d_weights, three_of_a_row, 16, 32) == Algorithm::winograd &&
              chosen_of_series(Op::conv2d_transpose, three_of_a_row, 64, 15) == Algorithm::direct &&
              chosen_of_series(Op::conv2d, seven_doubled, 64, 15) == Algorithm::subpixel &&
              chosen_of_series(Op::conv2d, seven_doubled.upsampled(1), 64, 64) == Algorithm::direct);
// Rows of an image may be pooled with those below.
static_assert(chosen(Op::conv2d, three_of_a_row, 64, 64) == Algorithm::direct);
// One result: four products of which three are thrown away.
static_assert(chosen(Op::conv2d, plain, 16, 16, true, 1) == Algorithm::direct);
// The channel that matters is the result's, and the transpose's result is the image.
static_assert(chosen(Op::conv2d, strided, 64, 1) == Algorithm::narrow);
static_assert(chosen(Op::conv2d_weights, plain, 64, 1) == Algorithm::narrow);
static_assert(chosen(Op::conv2d_transpose, plain, 64, 1) == Algorithm::direct);
static_assert(chosen(Op::conv2d_transpose, plain, 1, 64) == Algorithm::narrow);
static_assert(chosen(Op::conv2d, plain, 1, 64) == Algorithm::direct);
static_assert(chosen(Op::conv2d_transpose, doubled, 64, 1) == Algorithm::subpixel);
static_assert(chosen(Op::conv2d, doubled, 64, 1) == Algorithm::narrow);
// In groups; of one channel each, if there are as many results.
static_assert(every_op(plain.in_groups(2), 64, 64, Algorithm::direct) &&
              every_op(strided.in_groups(16), 16, 32, Algorithm::direct) &&
              every_op(plain.in_groups(16), 16, 16, Algorithm::depthwise));

// ---- Shapes ----

constexpr Shape weights = shape_of(3, 3, 20, 40), to_one = shape_of(3, 3, 20, 1), from_one = shape_of(3, 3, 1, 40);
static_assert(plan::packed_shape(weights, Algorithm::direct, plain, false) == shape_of(9 * 32, 40));
static_assert(plan::packed_shape(weights, Algorithm::direct, plain, true) == shape_of(9 * 48, 20));
static_assert(plan::packed_shape(weights, Algorithm::winograd, plain, false) == shape_of(16 * 32, 40));
static_assert(plan::packed_shape(weights, Algorithm::subpixel, doubled, true) == shape_of(9 * 48, 20));
static_assert(plan::packed_shape(from_one, Algorithm::direct, plain, false) == shape_of(9, 40));
static_assert(plan::packed_shape(to_one, Algorithm::narrow, plain, false) == shape_of(32, 9));
static_assert(plan::packed_shape(to_one, Algorithm::narrow, doubled, false) == shape_of(32, 16));
static_assert(plan::gradient_shape(weights, Algorithm::direct, plain) == shape_of(9 * 32, 40));
static_assert(plan::gradient_shape(weights, Algorithm::winograd, plain) == shape_of(16 * 32, 40));
static_assert(plan::gradient_shape(weights, Algorithm::subpixel, doubled) == shape_of(9 * 32, 40));
static_assert(plan::gradient_shape(from_one, Algorithm::direct, plain) == shape_of(16, 40));
static_assert(plan::gradient_shape(to_one, Algorithm::narrow, plain) == shape_of(32, 9));
static_assert(plan::gradient_shape(to_one, Algorithm::narrow, doubled) == shape_of(32, 9));
// Few channels: what a window sees of them lies side by side, unless rows of sixteen would be nearly full.
static_assert(plan::packed_shape(shape_of(3, 3, 3, 40), Algorithm::direct, plain, false) == shape_of(27, 40));
static_assert(plan::packed_shape(shape_of(3, 3, 40, 6), Algorithm::direct, plain, true) == shape_of(54, 40));
static_assert(plan::packed_shape(shape_of(3, 3, 13, 40), Algorithm::direct, plain, false) == shape_of(9 * 16, 40));
static_assert(plan::packed_shape(shape_of(3, 3, 3, 40), Algorithm::subpixel, doubled, false) ==
              shape_of(9 * 16, 40));
static_assert(plan::gradient_shape(shape_of(3, 3, 3, 40), Algorithm::direct, plain) == shape_of(32, 40));
// 64 channels in four groups to 96: a panel of results sees one group, or parts of two.
constexpr Shape grouped = shape_of(3, 3, 16, 96), depthwise = shape_of(3, 3, 1, 40);
static_assert(plan::packed_shape(grouped, Algorithm::direct, plain.in_groups(4), false) == shape_of(9 * 32, 96));
static_assert(plan::packed_shape(grouped, Algorithm::direct, plain.in_groups(4), true) == shape_of(9 * 32, 64));
static_assert(plan::gradient_shape(grouped, Algorithm::direct, plain.in_groups(4)) == shape_of(9 * 32, 96));
static_assert(plan::gradient_shape(depthwise, Algorithm::depthwise, plain.in_groups(40)) == shape_of(9, 40));

// ---- Meaning ----

reference::Array numbers(const Shape& shape, std::uint32_t stream) {
  reference::Array array = reference::zeros(reference::dims_of(shape, 2));
  for (std::size_t e = 0; e < array.values.size(); ++e) array.values[e] = uniform(stream, e, -1, 1);
  return array;
}

/// The largest error of an algorithm's forward, transposed and weights' convolution.
void check_algorithm(const WindowCase& one, Algorithm algorithm, bool forward, bool backward) {
  INFO(one.text());
  const reference::Array x = numbers(one.image(), 1), w = numbers(one.weights(), 2), y = numbers(one.result(), 3);
  Node node;
  node.window = one.window;
  node.algorithm = algorithm;
  const auto packed = [&](bool transposed) {
    if (algorithm == Algorithm::depthwise) return w;
    node.transpose_b = transposed;
    const Shape shape = plan::packed_shape(one.weights(), algorithm, one.window, transposed);
    reference::Array result = reference::zeros(reference::dims_of(shape, 2));
    reference::pack(w, node, result);
    return result;
  };
  if (forward) {
    reference::Array expected = y, found = y, expected_gradient = w, restored = w;
    reference::convolve(x, w, one.window, expected);
    const reference::Array p = packed(false);
    node.op = Op::conv2d;
    reference::convolve_packed(x, p, node, found);
    CHECK(largest_error(found.values, expected.values, 1) < 1e-12);

    reference::convolve_weights(x, y, one.window, expected_gradient);
    reference::Array gradient =
        reference::zeros(reference::dims_of(plan::gradient_shape(one.weights(), algorithm, one.window), 2));
    node.op = Op::conv2d_weights;
    reference::gradient_of_packed(x, y, node, gradient);
    reference::restore(gradient, node, restored);
    CHECK(largest_error(restored.values, expected_gradient.values, 1) < 1e-12);
  }
  if (backward) {
    reference::Array expected = x, found = x;
    reference::convolve_transposed(y, w, one.window, expected);
    const reference::Array p = packed(true);
    node.op = Op::conv2d_transpose;
    reference::convolve_packed(y, p, node, found);
    CHECK(largest_error(found.values, expected.values, 1) < 1e-12);
  }
}

}  // namespace

TEST_CASE("each table gives what the sums give") {
  CHECK(is_exact(plan::winograd, sees));
  CHECK(is_subpixel(plan::subpixel3, plan::subpixel3_transposed));
  CHECK(is_subpixel(plan::subpixel5, plan::subpixel5_transposed));
  CHECK(is_subpixel(plan::subpixel7, plan::subpixel7_transposed));
}

TEST_CASE("Winograd's convolutions are convolutions, at odd sizes and with every padding") {
  for (const int pad : {0, 1, 2})
    for (const auto& [height, width] : {std::pair{6, 4}, {5, 7}, {3, 3}, {4, 3}}) {
      const int more = 2 * pad - 2;
      check_algorithm(
          {Window{3, 3, 1, 1, pad, pad, 1}, shape_of(height, width), shape_of(height + more, width + more), 17, 3},
          Algorithm::winograd, true, true);
    }
  // As much above as is missing on the left.
  check_algorithm({Window{3, 3, 1, 1, 2, 0, 1}, shape_of(4, 6), shape_of(5, 4), 2, 17}, Algorithm::winograd, true,
                  true);
  // Of volumes, with any taps in depth.
  check_algorithm(placed_case(shape_of(4, 5, 6), {3, 3, 3}, 17, 3), Algorithm::winograd, true, true);
  check_algorithm(placed_case(shape_of(5, 4, 3), {2, 3, 3}, 2, 17, stride(2, 1, 1), valid), Algorithm::winograd,
                  true, true);
  check_algorithm(placed_case(shape_of(5, 3, 4), {3, 3, 3}, 3, 2, dilation(2, 1, 1)), Algorithm::winograd, true,
                  true);
}

TEST_CASE("Winograd's convolutions of series are convolutions") {
  for (const int width : {1, 2, 5, 8})
    for (const int pad : {0, 1, 2})
      if (width + 2 * pad >= 3)
        check_algorithm({Window({}, {}, {3, 1, pad}), shape_of(width), shape_of(width + 2 * pad - 2), 17, 3},
                        Algorithm::winograd, true, true);
}

TEST_CASE("a window of one row with rows of zeros around it") {
  const Window padded({}, {1, 1, 1}, {3, 1, 1});
  check_algorithm({padded, shape_of(1, 8), shape_of(3, 8), 17, 3}, Algorithm::winograd, true, true);
}

TEST_CASE("subpixel convolutions of volumes are convolutions of the upsampled volume") {
  for (const Shape& places : {shape_of(1, 2, 3), shape_of(3, 1, 2)})
    for (const auto& [from, to] : {std::pair{2, 17}, {17, 2}})
      check_algorithm({Window({3, 1, 1}, {3, 1, 1}, {3, 1, 1}, 2), places,
                       shape_of(2 * places.dim[0], 2 * places.dim[1], 2 * places.dim[2]), from, to},
                      Algorithm::subpixel, true, true);
}

TEST_CASE("subpixel convolutions of series are convolutions of the upsampled series") {
  for (const int size : {3, 5, 7})
    for (const int width : {1, 2, 5})
      for (const auto& [from, to] : {std::pair{2, 17}, {17, 2}})
        check_algorithm({Window({}, {}, {size, 1, size / 2}, 2), shape_of(width), shape_of(2 * width), from, to},
                        Algorithm::subpixel, true, true);
}

TEST_CASE("subpixel convolutions are convolutions of the upsampled image") {
  for (const auto& [height, width] : {std::pair{2, 3}, {1, 1}, {5, 4}})
    for (const auto& [from, to] : {std::pair{2, 17}, {17, 2}}) {
      check_algorithm(doubled_case(height, width, from, to), Algorithm::subpixel, true, true);
      check_algorithm(doubled_case(height, width, from, 1), Algorithm::subpixel, false, true);
    }
}

TEST_CASE("narrow convolutions are convolutions to one channel") {
  for (const WindowCase& any : windows) {
    if (any.window.upsample() == 1 && any.window.groups() == 1) {
      WindowCase one = any;
      one.result_channels = 1;
      check_algorithm(one, Algorithm::narrow, true, false);
      one.result_channels = 17;
      one.channels = 1;
      check_algorithm(one, Algorithm::narrow, false, true);
    }
  }
  check_algorithm(doubled_case(3, 4, 17, 1), Algorithm::narrow, true, false);
  check_algorithm(doubled_case(1, 2, 2, 1), Algorithm::narrow, true, false);
}

TEST_CASE("direct convolutions with weights in panels are convolutions") {
  for (const WindowCase& any : windows)
    for (const auto& [from, to] : {std::pair{1, 3}, {3, 17}, {17, 2}, {16, 1}}) {
      if (any.window.upsample() > 1 || any.window.groups() > 1) continue;
      WindowCase one = any;
      one.channels = from;
      one.result_channels = to;
      check_algorithm(one, Algorithm::direct, true, true);
    }
}

TEST_CASE("direct convolutions in groups are convolutions, however groups lie in panels") {
  for (const auto& [groups, from, to] : {std::tuple{2, 4, 6}, {3, 48, 96}, {2, 40, 34}, {17, 17, 34}, {5, 35, 5}})
    for (const WindowCase& one : {placed_case(shape_of(4, 3), {1, 3, 2}, from, to),
                                  placed_case(shape_of(2, 3, 3), {2, 1, 3}, from, to, stride(1, 2, 2))})
      check_algorithm(in_groups(groups, one), Algorithm::direct, true, true);
}

TEST_CASE("depthwise convolutions are convolutions") {
  for (const int channels : {2, 17})
    for (const WindowCase& one : {placed_case(shape_of(4, 3), {1, 3, 2}, channels, channels),
                                  placed_case(shape_of(2, 5, 3), {2, 3, 1}, channels, channels, stride(1, 2, 1))})
      check_algorithm(in_groups(channels, one), Algorithm::depthwise, true, true);
}

TEST_CASE("the algorithm is chosen as the shapes say") {
  CHECK(every_op(plain, 16, 16, Algorithm::winograd));
  CHECK(every_op(plain, 15, 64, Algorithm::direct));
  CHECK(every_op(doubled, 64, 64, Algorithm::subpixel));
  CHECK(chosen(Op::conv2d, strided, 64, 1) == Algorithm::narrow);
}
