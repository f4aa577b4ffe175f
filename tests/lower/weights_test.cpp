// The gradients of convolutions' weights by every algorithm, and the forms in which the algorithms read weights.
#include "lower/convolutions.hpp"
#include "support/catch.hpp"
#include "support/targets.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

/// The error relative to the largest gradient. Measured: Winograd 5.8e-7, subpixel 9.7e-7.
double check(const Geometry& g, Algorithm algorithm, int parts = 1) {
  const Data data(g);
  const Sums expected = naive(g, Op::conv2d_weights, data);
  double worst = 0;
  for_each_target([&] {
    Convolution convolution{g, algorithm};
    convolution.parts = parts;
    const Panels gradient = convolution.run_weights(data);
    const Panels whole = convolution.restore(gradient);
    Panels weights = whole;
    const double error = error_of_largest(row_major(weights), expected.value);
    int tiled_differently = 0;
    for (const Cut cut : {Cut{1, 1}, Cut{2, 2}, Cut{1, 0}, Cut{0, 1}}) {
      tiled_differently += convolution.run_weights(data, cut).data != gradient.data;
      tiled_differently += convolution.restore(gradient, cut).data != whole.data;
    }
    convolution.callers_memory = g.channels == 1;
    const bool same_from_caller = convolution.run_weights(data).data == gradient.data;
    worst = std::max(worst, error);
    if (error < 1e-5 && tiled_differently == 0 && same_from_caller) return;
    INFO(g.text());
    CHECK(error < 1e-5);
    CHECK(tiled_differently == 0);
    CHECK(same_from_caller);
  });
  return worst;
}

constexpr int sizes[][2] = {{1, 1}, {1, 7}, {2, 2}, {3, 4}, {5, 5}, {6, 3}, {7, 9}, {14, 13}};

}  // namespace

TEST_CASE("gradients of weights, directly") {
  int turn = 0;
  for (const auto& [height, width] : sizes)
    for (const int from : {1, 2, 16, 17, 33})
      for (const int to : {2, 16, 33})
        for (int stride = 1; stride <= 3; ++stride, ++turn) {
          const int window = turn % 5 + 1, other = turn % 4 + 1;
          check(strided(turn % 3 + 1, height, width, from, to, window, other, stride, turn % 2 + 1, Pad::same),
                Algorithm::direct);
          if (window <= height && other <= width)
            check(strided(turn % 3 + 1, height, width, from, to, window, other, turn % 2 + 1, stride, Pad::valid),
                  Algorithm::direct);
        }
}

TEST_CASE("gradients of weights over volumes, by every algorithm") {
  int turn = 0;
  for (const auto& [height, width] : {std::pair{1, 7}, std::pair{4, 5}, std::pair{7, 3}})
    for (const auto& [from, to] : {std::pair{1, 5}, std::pair{3, 17}, std::pair{17, 2}, std::pair{33, 20}})
      for (const Pad pad : {Pad::same, Pad::valid}) {
        const Window::Dimension z{++turn % 3 + 1, turn % 2 + 1, 0, turn % 3 == 0 ? 2 : 1};
        const int size[] = {5, height, width}, samples = turn % 3 + 1, rows = std::min(height, 3);
        check(windowed(samples, size, from, to, z, {rows, 2}, {3, 1, 0, width > 5 ? 2 : 1}, pad),
              Algorithm::direct);
        check(windowed(samples, size, from, 1, z, {rows}, {3, 2}, pad), Algorithm::narrow);
        if (from > 1 && (pad == Pad::same || height > 2))
          check(windowed(samples, size, from, to, z, {3}, {3}, pad), Algorithm::winograd);
      }
  check(strided(1, 3, 4, 700, 5, 3, 5, 1, 1, Pad::same), Algorithm::direct);
}

TEST_CASE("gradients of weights in groups") {
  int turn = 0;
  for (const auto& [groups, from, to] : {std::tuple{2, 4, 6}, {3, 48, 96}, {2, 40, 34}, {17, 17, 34}, {5, 35, 5}})
    for (const auto& [height, width] : {std::pair{1, 7}, std::pair{4, 5}, std::pair{7, 30}})
      for (const int parts : {1, 4}) {
        const int stride = ++turn % 2 + 1, samples = parts == 1 ? 2 : 17;
        const Geometry image = strided(samples, height, width, from, to, 3, 2, stride, 1, Pad::same);
        const Geometry volume =
            windowed(2, {3, height, width}, from, to, {2}, {2, stride}, {3, 1, 0, 2}, Pad::same);
        for (const Geometry& g : {image, volume}) check(g.in_groups(groups), Algorithm::direct, parts);
        Geometry depthwise = strided(samples, height, width, from, from, 3, turn % 6 + 1, 1, stride, Pad::same);
        check(depthwise.in_groups(from), Algorithm::depthwise, parts);
        depthwise = windowed(samples, {3, height, width}, to, to, {2}, {2, stride}, {3, stride, 0, 2}, Pad::same);
        check(depthwise.in_groups(to), Algorithm::depthwise, parts);
      }
  check(strided(1, 3, 4, 700, 10, 3, 5, 1, 1, Pad::same).in_groups(2), Algorithm::direct);
}

TEST_CASE("gradients of weights by Winograd and subpixel, and what they lose") {
  double winograd = 0, subpixel = 0;
  int turn = 0;
  for (const auto& [height, width] : sizes)
    for (const auto& [from, to] : {std::pair{2, 3}, std::pair{16, 16}, std::pair{17, 33}, std::pair{40, 40}}) {
      const int samples = turn++ % 3 + 1;
      winograd = std::max(winograd, check(three_by_three(samples, height, width, from, to), Algorithm::winograd));
      subpixel = std::max(subpixel, check(upsampled(samples, height, width, from, to), Algorithm::subpixel));
      if (height >= 3 && width >= 3)
        check(three_by_three(samples, height, width, from, to, Pad::valid), Algorithm::winograd);
      if (height < 6)
        check(upsampled_volume(samples, {turn % 3 + 1, height, width}, from, to), Algorithm::subpixel);
      // Of a series.
      const int length = height * width;
      check(strided(samples, 1, length, from, to, 1, 3, 1, 1, Pad::same), Algorithm::winograd);
      for (const int size : {3, 5, 7})
        check(upsampled_series(samples, length, from, to, size), Algorithm::subpixel);
    }
  CAPTURE(winograd, subpixel);
  CHECK(std::max(winograd, subpixel) > 0);
}

TEST_CASE("gradients of weights of a window of one row with rows of zeros around it") {
  Geometry g{2, 1, 9, 17, 18, Window({}, {1, 1, 1}, {3, 1, 1})};
  g.result_height = 3;
  g.result_width = 9;
  check(g, Algorithm::winograd);
}

TEST_CASE("gradients of weights of one result channel") {
  int turn = 0;
  for (const auto& [height, width] : sizes)
    for (const int from : {1, 2, 16, 33}) {
      for (int stride = 1; stride <= 3; ++stride, ++turn) {
        const int window = turn % 5 + 1, other = turn % 4 + 1;
        check(strided(turn % 3 + 1, height, width, from, 1, window, other, stride, turn % 2 + 1, Pad::same),
              Algorithm::narrow);
        if (window <= height && other <= width)
          check(strided(turn % 3 + 1, height, width, from, 1, window, other, turn % 2 + 1, stride, Pad::valid),
                Algorithm::narrow);
      }
      if (from > 1) check(upsampled(2, height, width, from, 1), Algorithm::narrow);
    }
}

TEST_CASE("gradients of weights over more cells than a block holds") {
  check(strided(1, 3, 700, 40, 17, 1, 3, 1, 1, Pad::same), Algorithm::direct);
  check(strided(3, 20, 30, 33, 17, 2, 2, 2, 2, Pad::same), Algorithm::direct);
  check(strided(1, 3, 700, 1, 20, 3, 3, 1, 1, Pad::same), Algorithm::direct);
  check(three_by_three(1, 5, 300, 40, 17), Algorithm::winograd);
  check(three_by_three(2, 3, 700, 17, 17), Algorithm::winograd);
  check(upsampled(1, 3, 350, 40, 17), Algorithm::subpixel);
  check(strided(1, 3, 700, 40, 1, 3, 3, 1, 1, Pad::same), Algorithm::narrow);
  check(strided(2, 3, 700, 1, 1, 3, 3, 1, 1, Pad::same), Algorithm::narrow);
  check(upsampled(2, 3, 300, 40, 1), Algorithm::narrow);
}

TEST_CASE("gradients of weights that are summed in parts, each over some of the samples") {
  // Where there are too few samples, parts stay as they were, and nobody may read them.
  for (const int samples : {1, 7, 15, 16, 25, 33, 50})
    for (const int parts : {2, 4}) {
      for (const int from : {1, 3, 17}) {
        check(strided(samples, 4, 3, from, 18, 3, 2, 1, 2, Pad::same), Algorithm::direct, parts);
        check(strided(samples, 4, 3, from, 1, 2, 3, 1, 1, Pad::same), Algorithm::narrow, parts);
      }
      check(strided(samples, 3, 3, 1, 5, 5, 5, 1, 1, Pad::same), Algorithm::direct, parts);
      check(strided(samples, 3, 3, 2, 1, 5, 5, 1, 1, Pad::same), Algorithm::narrow, parts);
      check(three_by_three(samples, 3, 4, 17, 18), Algorithm::winograd, parts);
      check(upsampled(samples, 2, 3, 17, 18), Algorithm::subpixel, parts);
      check(upsampled_series(samples, 5, 17, 18, 5), Algorithm::subpixel, parts);
      check(upsampled_volume(samples, {2, 1, 3}, 17, 18), Algorithm::subpixel, parts);
      check(strided(samples, 1, 5, 17, 18, 1, 3, 1, 1, Pad::same), Algorithm::winograd, parts);
      check(upsampled(samples, 2, 3, 17, 1), Algorithm::narrow, parts);
    }
}

TEST_CASE("packed weights: zeros where there are no channels, the same for every cut") {
  for_each_target([] {
    for (const Algorithm algorithm : {Algorithm::direct, Algorithm::winograd, Algorithm::subpixel})
      for (const auto& [from, to] : {std::pair{2, 3}, std::pair{3, 17}, std::pair{16, 16}, std::pair{33, 40}})
        for (const bool transposed : {false, true}) {
          const Geometry g =
              algorithm == Algorithm::subpixel ? upsampled(1, 4, 4, from, to) : three_by_three(1, 4, 4, from, to);
          const Data data(g);
          const Convolution convolution{g, algorithm};
          Panels whole = convolution.pack(data, transposed);
          const int channels = transposed ? to : from,
                    rows = plan::packed_channels({channels, transposed ? from : to}, algorithm, g.window);
          int stains = stained_padding(whole);
          for (int r = 0; r < whole.rows; ++r)
            for (int c = 0; c < whole.columns && r % rows >= channels; ++c) stains += whole.at(r, c) != 0.0f;
          INFO(g.text());
          CHECK(stains == 0);
          for (const int panels : {1, 2}) CHECK(convolution.pack(data, transposed, panels).data == whole.data);
        }
  });
}

TEST_CASE("restoring is the transpose of preparing") {
  // Σ packed(w) · v = Σ w · restored(v), for any w and v of the two shapes.
  for_each_target([] {
    const auto compare = [](const Geometry& g, Algorithm algorithm) {
      const Data data(g);
      const Convolution convolution{g, algorithm};
      Panels packed = convolution.pack(data, false);
      const Shape shape = plan::gradient_shape(convolution.weights_shape(), algorithm, g.window);
      const std::vector<float> v = floats(static_cast<std::size_t>(shape.dim[0] * shape.dim[1]), 4, -1, 1);
      Panels gradient = Panels::of(shape.dim[0], shape.dim[1], v);
      Panels restored = convolution.restore(gradient);
      const int products = plan::method_of(Op::conv2d, algorithm, g.window).products;
      const int rows = plan::packed_channels({g.channels, g.result_channels}, algorithm, g.window);
      const bool is_dense = plan::has_dense_taps(g.channels, algorithm, g.window);
      double left = 0, right = 0;
      for (int t = 0; t < products; ++t)
        for (int c = 0; c < g.channels; ++c)
          for (int d = 0; d < g.result_channels; ++d)
            left += double{packed.at(t * rows + c, d)} *
                    double{gradient.at(is_dense ? t * rows + c : (c / 16 * products + t) * 16 + c % 16, d)};
      const std::vector<float> w = row_major(restored);
      for (std::size_t i = 0; i < w.size(); ++i) right += double{w[i]} * double{data.weights[i]};
      INFO(g.text());
      CHECK(left == Approx(right).epsilon(1e-4).margin(1e-3));
    };
    for (const auto& [from, to] : {std::pair{2, 3}, std::pair{17, 16}, std::pair{33, 20}}) {
      compare(strided(1, 4, 4, from, to, 3, 4, 1, 1, Pad::same), Algorithm::direct);
      compare(three_by_three(1, 4, 4, from, to), Algorithm::winograd);
      compare(upsampled(1, 4, 4, from, to), Algorithm::subpixel);
    }
  });
}
