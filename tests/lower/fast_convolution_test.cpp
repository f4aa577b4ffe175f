// Convolutions by fewer products (Winograd, subpixel), to one channel (narrow), and pooled, on every SIMD target.
#include "lower/convolutions.hpp"
#include "support/catch.hpp"
#include "support/targets.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

/// Relative to the largest result. Measured, up to 40 channels: Winograd 4.2e-7, its transpose 4.2e-7,
/// subpixel 4.5e-7, its transpose 1.2e-6. With 256 channels: Winograd 6.6e-7, subpixel 6.1e-7, and the direct
/// form, whose chains are longer, 1.5e-6.
constexpr double most_error = 1e-5;

/// The error of an algorithm, and whether its bits depend on how the work is cut.
double error_of(const Geometry& g, Op op, Algorithm algorithm) {
  const Data data(g);
  const Sums expected = naive(g, op, data);
  double worst = 0;
  for_each_target([&] {
    Convolution convolution{g, algorithm};
    Panels whole = convolution.run(op, data);
    const double error = error_of_largest(row_major(whole), expected.value);
    int tiled_differently = 0;
    for (const Cut cut : {Cut{1, 1}, Cut{2, 2}, Cut{3, 0}, Cut{0, 1}})
      tiled_differently += convolution.run(op, data, cut).data != whole.data;
    convolution.callers_memory = (op == Op::conv2d ? g.channels : g.result_channels) == 1;
    const bool same_from_caller = convolution.run(op, data).data == whole.data;
    worst = std::max(worst, error);
    if (error < most_error && tiled_differently == 0 && same_from_caller) return;
    INFO(g.text());
    CHECK(error < most_error);
    CHECK(tiled_differently == 0);
    CHECK(same_from_caller);
  });
  return worst;
}

constexpr int sizes[][2] = {{1, 1}, {1, 7}, {2, 2}, {3, 1}, {3, 4},  {4, 6},
                            {5, 5}, {6, 3}, {7, 9}, {8, 8}, {14, 13}};
constexpr int channels[][2] = {{2, 3}, {3, 2}, {16, 16}, {17, 33}, {33, 17}, {40, 40}};

}  // namespace

TEST_CASE("Winograd's convolutions and transposes, and what they lose") {
  double forward = 0, transposed = 0;
  int samples = 0;
  for (const auto& [height, width] : sizes)
    for (const auto& [from, to] : channels)
      for (const Pad pad : {Pad::same, Pad::valid}) {
        if (pad == Pad::valid && (height < 3 || width < 3)) continue;
        const Geometry g = three_by_three(samples++ % 3 + 1, height, width, from, to, pad);
        forward = std::max(forward, error_of(g, Op::conv2d, Algorithm::winograd));
        transposed = std::max(transposed, error_of(g, Op::conv2d_transpose, Algorithm::winograd));
        // Of a volume, whose taps in depth have strides of their own.
        if (height > 5) continue;
        const Window::Dimension z{samples % 3 + 1, samples % 2 + 1, 0, samples % 4 == 0 ? 2 : 1};
        const Geometry volume = windowed(g.samples, {5, height, width}, from, to, z, {3}, {3}, pad);
        forward = std::max(forward, error_of(volume, Op::conv2d, Algorithm::winograd));
        transposed = std::max(transposed, error_of(volume, Op::conv2d_transpose, Algorithm::winograd));
      }
  CAPTURE(forward, transposed);
  CHECK(std::max(forward, transposed) > 0);
}

TEST_CASE("subpixel convolutions and transposes, and what they lose") {
  double forward = 0, transposed = 0;
  int samples = 0;
  for (const auto& [height, width] : sizes)
    for (const auto& [from, to] : channels) {
      const Geometry g = upsampled(samples++ % 3 + 1, height, width, from, to);
      forward = std::max(forward, error_of(g, Op::conv2d, Algorithm::subpixel));
      transposed = std::max(transposed, error_of(g, Op::conv2d_transpose, Algorithm::subpixel));
      // The gradient of a single channel comes as a row.
      const Geometry narrow = upsampled(g.samples, height, width, from, 1);
      transposed = std::max(transposed, error_of(narrow, Op::conv2d_transpose, Algorithm::subpixel));
    }
  CAPTURE(forward, transposed);
  CHECK(std::max(forward, transposed) > 0);
}

TEST_CASE("Winograd's convolutions of one row with rows of zeros around it") {
  Geometry g{2, 1, 9, 17, 18, Window({}, {1, 1, 1}, {3, 1, 1})};
  g.result_height = 3;
  g.result_width = 9;
  for (const Op op : {Op::conv2d, Op::conv2d_transpose}) error_of(g, op, Algorithm::winograd);
}

TEST_CASE("subpixel convolutions of volumes, and what they lose") {
  double worst = 0;
  int samples = 0;
  for (const auto& [height, width] : {std::pair{1, 1}, std::pair{3, 4}, std::pair{5, 2}})
    for (const auto& [from, to] : channels)
      for (const Op op : {Op::conv2d, Op::conv2d_transpose}) {
        const int size[] = {samples % 4 + 1, height, width};
        worst = std::max(worst,
                         error_of(upsampled_volume(samples++ % 3 + 1, size, from, to), op, Algorithm::subpixel));
      }
  CAPTURE(worst);
  CHECK(worst > 0);
}

TEST_CASE("Winograd's and subpixel convolutions of series, and what they lose") {
  double winograd = 0, subpixel = 0;
  int samples = 0;
  for (const int width : {1, 2, 3, 4, 7, 16, 29})
    for (const auto& [from, to] : channels)
      for (const Op op : {Op::conv2d, Op::conv2d_transpose}) {
        const int count = samples++ % 3 + 1;
        for (const Pad pad : {Pad::same, Pad::valid})
          if (pad == Pad::same || width >= 3)
            winograd = std::max(
                winograd, error_of(strided(count, 1, width, from, to, 1, 3, 1, 1, pad), op, Algorithm::winograd));
        for (const int size : {3, 5, 7})
          subpixel = std::max(subpixel,
                              error_of(upsampled_series(count, width, from, to, size), op, Algorithm::subpixel));
      }
  CAPTURE(winograd, subpixel);
  CHECK(std::max(winograd, subpixel) > 0);
}

TEST_CASE("long chains: what Winograd and subpixel lose with many channels") {
  for (const Pad pad : {Pad::same, Pad::valid}) {
    const Geometry g = three_by_three(1, 6, 7, 256, 32, pad);
    const double direct = error_of(g, Op::conv2d, Algorithm::direct),
                 winograd = error_of(g, Op::conv2d, Algorithm::winograd);
    CAPTURE(direct, winograd);
    CHECK(winograd < most_error);
  }
  const double subpixel = error_of(upsampled(1, 5, 4, 256, 32), Op::conv2d, Algorithm::subpixel);
  CAPTURE(subpixel);
  CHECK(subpixel < most_error);
}

TEST_CASE("convolutions to one channel") {
  for (const auto& [height, width] : sizes)
    for (const int from : {1, 2, 16, 33}) {
      for (int window = 1; window <= 5; ++window)
        for (int stride = 1; stride <= 3; ++stride) {
          const int samples = (window + stride) % 3 + 1, other = (window + stride) % 5 + 1;
          error_of(strided(samples, height, width, from, 1, window, other, stride, 1, Pad::same), Op::conv2d,
                   Algorithm::narrow);
          // Its transpose gives one channel where the convolution takes one.
          error_of(strided(samples, height, width, 1, from, window, other, 1, stride, Pad::same),
                   Op::conv2d_transpose, Algorithm::narrow);
          if (window > height || other > width) continue;
          error_of(strided(samples, height, width, from, 1, window, other, stride, stride, Pad::valid), Op::conv2d,
                   Algorithm::narrow);
          error_of(strided(samples, height, width, 1, from, window, other, stride, stride, Pad::valid),
                   Op::conv2d_transpose, Algorithm::narrow);
        }
      if (from > 1) error_of(upsampled(2, height, width, from, 1), Op::conv2d, Algorithm::narrow);
    }
}

TEST_CASE("convolutions of volumes to one channel") {
  int turn = 0;
  for (const auto& [height, width] : {std::pair{1, 7}, std::pair{4, 5}, std::pair{6, 3}})
    for (const int channels : {1, 3, 17})
      for (const Pad pad : {Pad::same, Pad::valid})
        for (int stride = 1; stride <= 2; ++stride, ++turn) {
          const Window::Dimension z{turn % 3 + 1, stride}, y{std::min(height, 3), 1, 0, 1}, x{3, stride};
          error_of(windowed(turn % 2 + 1, {4, height, width}, channels, 1, z, y, x, pad), Op::conv2d,
                   Algorithm::narrow);
          error_of(windowed(turn % 2 + 1, {4, height, width}, 1, channels, z, y, x, pad), Op::conv2d_transpose,
                   Algorithm::narrow);
        }
  error_of(windowed(1, {3, 70, 60}, 17, 1, {3}, {3}, {3}, Pad::same), Op::conv2d, Algorithm::narrow);
}

TEST_CASE("convolutions to one channel by windows that are larger than usual") {
  error_of(strided(1, 1, 900, 2, 1, 1, 701, 1, 1, Pad::same), Op::conv2d, Algorithm::narrow);
  error_of(strided(1, 30, 30, 1, 2, 25, 29, 1, 1, Pad::same), Op::conv2d_transpose, Algorithm::narrow);
  error_of(strided(1, 1, 5000, 33, 1, 1, 15, 1, 1, Pad::same), Op::conv2d, Algorithm::narrow);
  error_of(strided(2, 40, 3, 2, 1, 33, 1, 1, 1, Pad::same), Op::conv2d, Algorithm::narrow);
  error_of(strided(2, 3, 60, 2, 1, 1, 50, 1, 1, Pad::same), Op::conv2d, Algorithm::narrow);
  error_of(strided(1, 40, 20, 1, 3, 18, 4, 1, 1, Pad::same), Op::conv2d_transpose, Algorithm::narrow);
}

TEST_CASE("blocks that do not fit are cut: wide images by every algorithm") {
  error_of(three_by_three(1, 3, 700, 40, 17), Op::conv2d, Algorithm::winograd);
  error_of(three_by_three(1, 5, 301, 40, 17), Op::conv2d, Algorithm::winograd);
  error_of(three_by_three(1, 5, 301, 17, 40), Op::conv2d_transpose, Algorithm::winograd);
  error_of(strided(2, 1, 701, 40, 17, 1, 3, 1, 1, Pad::same), Op::conv2d, Algorithm::winograd);
  error_of(upsampled_series(2, 701, 40, 17, 5), Op::conv2d, Algorithm::subpixel);
  error_of(upsampled_volume(1, {2, 3, 150}, 40, 17), Op::conv2d, Algorithm::subpixel);
  error_of(upsampled_volume(1, {2, 3, 150}, 17, 40), Op::conv2d_transpose, Algorithm::subpixel);
  error_of(upsampled_series(2, 351, 17, 40, 7), Op::conv2d_transpose, Algorithm::subpixel);
  error_of(upsampled(1, 3, 350, 40, 17), Op::conv2d, Algorithm::subpixel);
  error_of(upsampled(1, 3, 351, 17, 40), Op::conv2d_transpose, Algorithm::subpixel);
  error_of(upsampled(1, 3, 351, 17, 1), Op::conv2d_transpose, Algorithm::subpixel);
  error_of(strided(1, 5, 700, 40, 1, 3, 3, 1, 1, Pad::same), Op::conv2d, Algorithm::narrow);
  error_of(strided(2, 40, 90, 40, 1, 5, 5, 1, 1, Pad::same), Op::conv2d, Algorithm::narrow);
  error_of(strided(1, 90, 90, 1, 40, 3, 3, 2, 2, Pad::same), Op::conv2d_transpose, Algorithm::narrow);
  error_of(upsampled(1, 60, 70, 17, 1), Op::conv2d, Algorithm::narrow);
}

TEST_CASE("a convolution that pools has the bits of the pooled convolution") {
  const auto compare = [](const Geometry& g, Algorithm algorithm) {
    const Data data(g);
    Panels unpooled = Convolution{g, algorithm}.run(Op::conv2d, data);
    const Convolution pooling{g, algorithm, true};
    const int pooled_rows = g.samples * g.result_pixels() / 4;
    Panels positions(1, 1);
    Panels found = pooling.run(Op::conv2d, data, {}, &positions);
    int wrong = 0, wrong_positions = 0;
    for (int r = 0; r < pooled_rows; ++r)
      for (int d = 0; d < g.result_channels; ++d) {
        const int pooled_width = g.result_width / 2, y = r / pooled_width, x = r % pooled_width;
        float best = 0;
        int position = -1;
        for (int i = 0; i < 4; ++i) {
          const float value = unpooled.at((2 * y + i / 2) * g.result_width + 2 * x + i % 2, d);
          if (position < 0 || value > best) best = value, position = i;
        }
        wrong += found.at(r, d) != best;
        wrong_positions += positions.at(r, d) != static_cast<float>(position);
      }
    int tiled_differently = 0;
    for (const Cut cut : {Cut{1, 1}, Cut{2, 2}, Cut{3, 0}, Cut{0, 1}}) {
      Panels other(1, 1);
      const bool same = pooling.run(Op::conv2d, data, cut, &other).data == found.data;
      tiled_differently += !same || other.data != positions.data;
    }
    INFO(g.text() << (algorithm == Algorithm::winograd ? "Winograd" : "direct"));
    CHECK(wrong == 0);
    CHECK(wrong_positions == 0);
    CHECK(tiled_differently == 0);
  };
  for_each_target([&] {
    for (const int height : {2, 4, 6, 14})
      for (const int width : {2, 4, 10})
        for (const int from : {1, 3, 17, 40}) {
          const Geometry g = three_by_three(height == 4 ? 3 : 1, height, width, from, width == 4 ? 33 : 5);
          compare(g, Algorithm::direct);
          if (from > 1) compare(g, Algorithm::winograd);
        }
    compare(strided(2, 8, 12, 3, 20, 5, 4, 2, 1, Pad::same), Algorithm::direct);
    compare(strided(2, 9, 13, 1, 20, 4, 3, 1, 2, Pad::valid), Algorithm::direct);
    // Longer than a block.
    compare(three_by_three(1, 4, 300, 40, 33), Algorithm::direct);
    compare(three_by_three(1, 4, 600, 40, 20), Algorithm::winograd);
    compare(three_by_three(1, 4, 700, 1, 20), Algorithm::direct);
  });
}

TEST_CASE("of equal values pooling finds the first, and a NaN is the largest") {
  for_each_target([] {
    Geometry g = strided(1, 4, 4, 16, 2, 1, 1, 1, 1, Pad::same);
    Data data(g);
    std::fill(data.weights.begin(), data.weights.end(), 0.0f);
    data.weights[0] = 1;  // The first result channel is the first image channel, the second is zero.
    data.image[static_cast<std::size_t>(5 * 16)] = std::numeric_limits<float>::quiet_NaN();
    const Convolution pooling{g, Algorithm::direct, true};
    Panels positions(1, 1);
    Panels found = pooling.run(Op::conv2d, data, {}, &positions);
    CHECK(std::isnan(found.at(0, 0)));
    CHECK(positions.at(0, 0) == 3);
    for (int r = 1; r < 4; ++r) {
      CHECK(found.at(r, 1) == 0);
      CHECK(positions.at(r, 1) == 0);
    }
  });
}

TEST_CASE("bits do not depend on the number of samples") {
  for_each_target([] {
    for (const Algorithm algorithm : {Algorithm::winograd, Algorithm::subpixel, Algorithm::narrow}) {
      const int to = algorithm == Algorithm::narrow ? 1 : 20;
      const Geometry three =
          algorithm == Algorithm::subpixel ? upsampled(3, 5, 7, 17, to) : three_by_three(3, 5, 7, 17, to);
      Geometry one = three;
      one.samples = 1;
      const Data data(three);
      Data first = data;
      first.image.resize(one.image_size());
      Panels among = Convolution{three, algorithm}.run(Op::conv2d, data),
             alone = Convolution{one, algorithm}.run(Op::conv2d, first);
      std::vector<float> values = row_major(among);
      values.resize(one.result_size());
      CHECK(values == row_major(alone));
    }
  });
}
