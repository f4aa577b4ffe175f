// Pooling, resampling and reshaping on every SIMD target against plain loops.
#include "lower/convolutions.hpp"
#include "support/catch.hpp"
#include "support/targets.hpp"

#include <cmath>
#include <limits>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

/// Some cuts of a result's rows and panels, none of which may change a bit.
constexpr Cut cuts[] = {{1, 1}, {7, 2}, {16, 1}, {32, 0}};

/// The common part of all operations on images: images in, an image out, with the same number of channels.
struct ImageCall {
  int samples, channels;
  lower::ImageMap map;

  int rows() const { return samples * (channels == 1 ? 1 : map.result.pixels()); }
  int columns() const { return channels == 1 ? map.result.pixels() : channels; }
  Panels source(const std::vector<float>& values) const {
    return panels_of_image(samples, map.image.pixels(), channels, values);
  }
  template <class AnchorFunction>
  Panels run(AnchorFunction anchor, lower::View a, lower::View b, Panels* positions = nullptr) const {
    lower::AnchorCall call;
    call.a = a;
    call.b = b;
    call.samples = samples;
    call.image = map;
    call.image.image.channels = call.image.result.channels = channels;
    call.image.image.is_one_row = call.image.result.is_one_row = channels == 1;
    const auto cut_into = [&](int tile_rows, int tile_panels) {
      if (positions != nullptr) *positions = Panels(rows(), columns(), -99.0f);
      return run_anchor(anchor, call, rows(), columns(), tile_rows, tile_panels, positions);
    };
    const Panels whole = cut_into(rows(), 100);
    int tiled_differently = 0;
    for (const Cut cut : cuts)
      tiled_differently += cut_into(cut.units, cut.panels > 0 ? cut.panels : 100).data != whole.data;
    CHECK(tiled_differently == 0);
    return whole;
  }
};

/// max_pool, and the two that use what it found, over one window.
void check_pooling(const Geometry& g) {
  INFO(g.text());
  const int channels = g.channels;
  const Data data(g);
  ImageCall pool{g.samples, channels, {}};
  pool.map.op = Op::max_pool;
  pool.map.window = g.window;
  pool.map.image = g.image();
  pool.map.result = g.result();
  std::vector<float> image = data.image;
  for (std::size_t i = 0; i < image.size(); i += 3) image[i] = 0.5f;  // So that some are equal.
  Panels source = pool.source(image), positions(1, 1);
  Panels found = pool.run(lower::kernels().max_pool, source.view(), {}, &positions);

  std::vector<float> largest(g.result_size(), -std::numeric_limits<float>::infinity()), where(g.result_size(), -1);
  std::vector<std::size_t> origin(g.result_size(), 0);
  for_each_meeting(g, [&](int pixel, int result, int tap) {
    for (int c = 0; c < channels; ++c) {
      const auto from = static_cast<std::size_t>(pixel * channels + c),
                 to = static_cast<std::size_t>(result * channels + c);
      if (image[from] <= largest[to]) continue;
      largest[to] = image[from];
      where[to] = static_cast<float>(tap);
      origin[to] = from;
    }
  });
  CHECK(row_major(found) == largest);
  CHECK(row_major(positions) == where);

  // The gradient of each result goes where the result came from, and what is there is taken from there.
  std::vector<float> unpooled(g.image_size(), 0.0f), gathered;
  for (std::size_t i = 0; i < origin.size(); ++i) {
    unpooled[origin[i]] += data.result[i];
    gathered.push_back(data.image[origin[i]]);
  }
  ImageCall unpool = pool;
  std::swap(unpool.map.image, unpool.map.result);
  Panels gradient = unpool.source(data.result);
  Panels spread = unpool.run(lower::kernels().max_unpool, gradient.view(), positions.view());
  CHECK(largest_error(row_major(spread), unpooled, 1) < 1e-6);
  Panels other = pool.source(data.image);
  Panels taken = pool.run(lower::kernels().max_gather, other.view(), positions.view());
  CHECK(row_major(taken) == gathered);
  if (channels > 1) return;
  std::vector<float> callers = image;
  const lower::View view{callers.data(), g.pixels(), plan::panel_width, true};
  CHECK(pool.run(lower::kernels().max_pool, view, {}, &positions).data == found.data);
}

}  // namespace

TEST_CASE("pooling finds the largest and where it was; gradients go there, and are taken from there") {
  for_each_target([] {
    int turn = 0;
    for (const int channels : {1, 2, 16, 17, 33})
      for (int window = 1; window <= 4; ++window)
        for (int stride = 1; stride <= 3; ++stride, ++turn)
          for (const Pad pad : {Pad::same, Pad::valid}) {
            const int height = turn % 6 + 4, width = turn % 8 + 4;
            const int samples = turn % 3 + 1;
            check_pooling(
                strided(samples, height, width, channels, channels, window, window, stride, stride, pad));
          }
    check_pooling(strided(2, 9, 5, 3, 3, 2, 3, 2, 1, Pad::same));
    check_pooling(strided(1, 1, 40, 1, 1, 1, 3, 1, 2, Pad::same));
    for (const int channels : {1, 3, 17}) {
      check_pooling(windowed(2, {5, 6, 3}, channels, channels, {2, 2}, {3, 2}, {2, 1}, Pad::same));
      check_pooling(windowed(1, {4, 5, 7}, channels, channels, {2, 1}, {2, 2, 0, 2}, {3, 2, 0, 2}, Pad::valid));
    }
  });
}

TEST_CASE("a NaN in a window is what pooling finds") {
  for_each_target([] {
    for (const int channels : {1, 3}) {
      ImageCall pool{1, channels, {}};
      pool.map.window = {2, 2, 2, 2, 0, 0, 1};
      pool.map.image.height = pool.map.image.width = 4;
      pool.map.result.height = pool.map.result.width = 2;
      std::vector<float> image(static_cast<std::size_t>(16 * channels), 1.0f);
      image[static_cast<std::size_t>(5 * channels)] = std::numeric_limits<float>::quiet_NaN();
      Panels source = pool.source(image), positions(1, 1);
      Panels found(1, 1);
      lower::AnchorCall call;
      call.a = source.view();
      call.image = pool.map;
      call.image.image.channels = call.image.result.channels = channels;
      call.image.image.is_one_row = call.image.result.is_one_row = channels == 1;
      positions = Panels(pool.rows(), pool.columns());
      found = run_anchor(lower::kernels().max_pool, call, pool.rows(), pool.columns(), pool.rows(), 1, &positions);
      CHECK(std::isnan(found.at(0, 0)));
      CHECK(positions.at(0, 0) == 3);
    }
  });
}

namespace {

/// One direction of a resampling as a matrix, results × pixels, by its definition.
struct Matrix {
  int rows, columns;
  std::vector<double> values;
  Matrix(int r, int c) : rows(r), columns(c), values(static_cast<std::size_t>(r * c), 0.0) {}
  double& at(int r, int c) { return values[static_cast<std::size_t>(r * columns + c)]; }
};
Matrix matrix_of(Resampling kind, int size, int results, int window, int stride, int pad, int upsample) {
  Matrix m(results, size);
  for (int r = 0; r < results; ++r) {
    if (kind == Resampling::nearest) {
      m.at(r, std::min(r / upsample, size - 1)) = 1;
    } else if (kind == Resampling::bilinear) {
      const double at = (r + 0.5) / upsample - 0.5, low = std::floor(at);
      m.at(r, std::clamp(static_cast<int>(low), 0, size - 1)) += 1 - (at - low);
      m.at(r, std::clamp(static_cast<int>(low) + 1, 0, size - 1)) += at - low;
    } else {
      int inside = 0;
      for (int i = 0; i < window; ++i) {
        const int at = r * stride - pad + i;
        if (at < 0 || at >= size) continue;
        m.at(r, at) = 1;
        ++inside;
      }
      for (int c = 0; c < size && kind == Resampling::window_mean; ++c) m.at(r, c) /= inside;
    }
  }
  return m;
}

/// Both ways between `g`'s image and its result.
void check_resampling(const Geometry& g, Resampling kind) {
  INFO(g.text() << "kind " << static_cast<int>(kind));
  const Window& w = g.window;
  const auto matrix = [&](int size, int results, const Window::Dimension& d) {
    return matrix_of(kind, size, results, d.size, d.stride, d.pad, w.upsample());
  };
  Matrix inward = matrix(g.depth, g.result_depth, w.z()), down = matrix(g.height, g.result_height, w.y()),
         right = matrix(g.width, g.result_width, w.x());
  const Data data(g);
  for (const bool transposed : {false, true}) {
    ImageCall call{g.samples, g.channels, {}};
    call.map.op = Op::resample;
    call.map.window = w;
    call.map.attribute = kind;
    call.map.transposed = transposed;
    call.map.image = g.image();
    call.map.result = g.result();
    if (transposed) std::swap(call.map.image, call.map.result);
    std::vector<float> values = transposed ? data.result : data.image;
    Sums expected(transposed ? g.image_size() : g.result_size());
    for (int to = 0; to < g.samples * g.result_pixels(); ++to) {
      const int n = to / g.result_pixels(), at = to % g.result_pixels(), row = at / g.result_width;
      for (int from = 0; from < g.pixels(); ++from) {
        const int row_seen = from / g.width;
        const double weight = inward.at(row / g.result_height, row_seen / g.height) *
                              down.at(row % g.result_height, row_seen % g.height) *
                              right.at(at % g.result_width, from % g.width);
        if (weight == 0) continue;
        for (int c = 0; c < g.channels; ++c) {
          const auto image = static_cast<std::size_t>((n * g.pixels() + from) * g.channels + c),
                     result = static_cast<std::size_t>(to * g.channels + c);
          if (transposed) expected.add(image, weight * double{values[result]});
          else expected.add(result, weight * double{values[image]});
        }
      }
    }
    Panels source = call.source(values);
    Panels found = call.run(lower::kernels().resample, source.view(), {});
    INFO((transposed ? "transposed" : "forward"));
    CHECK(chain_error(row_major(found), expected) < 2e-6);
    if (g.channels > 1) continue;
    const lower::View view{values.data(), call.map.image.pixels(), plan::panel_width, true};
    CHECK(call.run(lower::kernels().resample, view, {}).data == found.data);
  }
}

Geometry enlarged(int samples, int height, int width, int channels, int factor) {
  Geometry g{samples, height, width, channels, channels, {}};
  g.window = Window().upsampled(factor);
  g.result_height = height * factor;
  g.result_width = width * factor;
  return g;
}

}  // namespace

TEST_CASE("sums and means of windows, and their transposes") {
  for_each_target([] {
    int turn = 0;
    for (const int channels : {1, 2, 16, 17, 33})
      for (int window = 1; window <= 4; ++window)
        for (int stride = 1; stride <= 3; ++stride, ++turn)
          for (const Pad pad : {Pad::same, Pad::valid}) {
            const int height = turn % 6 + 4, width = turn % 8 + 4;
            const Geometry g =
                strided(turn % 3 + 1, height, width, channels, channels, window, window, stride, stride, pad);
            check_resampling(g, Resampling::window_sum);
            check_resampling(g, Resampling::window_mean);
          }
    for (const int channels : {1, 3, 17})
      for (const Pad pad : {Pad::same, Pad::valid})
        for (const Resampling kind : {Resampling::window_sum, Resampling::window_mean})
          check_resampling(windowed(2, {5, 4, 3}, channels, channels, {3, 2}, {2, 1}, {2, 2}, pad), kind);
  });
}

TEST_CASE("upsampling, nearest and bilinear, and their transposes") {
  for_each_target([] {
    int turn = 0;
    for (const int channels : {1, 3, 16, 33})
      for (int factor = 1; factor <= 5; ++factor, ++turn) {
        const Geometry g = enlarged(turn % 3 + 1, turn % 5 + 1, turn % 4 + 1, channels, factor);
        // Of volumes as well, and with as much more or less as sizes that no factor divides take.
        for (const int depth : {1, turn % 3 + 2})
          for (const int more : {0, factor - 1, 1 - factor}) {
            Geometry other = g;
            other.depth = depth;
            other.result_depth = std::max(1, depth * factor + more);
            other.result_height = std::max(1, g.result_height + more);
            check_resampling(other, Resampling::nearest);
            check_resampling(other, Resampling::bilinear);
          }
      }
  });
}

TEST_CASE("resampling by large windows and factors") {
  for_each_target([] {
    // The mean of a whole image, and a single pixel spread over as much.
    for (const int channels : {1, 17}) {
      check_resampling(strided(1, 80, 70, channels, channels, 80, 70, 80, 70, Pad::valid),
                       Resampling::window_mean);
      check_resampling(strided(1, 3, 100, channels, channels, 1, 90, 1, 1, Pad::same), Resampling::window_sum);
      check_resampling(enlarged(1, 2, 2, channels, 40), Resampling::bilinear);
      check_resampling(enlarged(1, 1, 2, channels, 70), Resampling::nearest);
    }
  });
}

TEST_CASE("reshaping keeps the order of the elements") {
  constexpr int forms[][2][2] = {
      {{6, 35}, {1, 210}},  {{6, 35}, {210, 1}},  {{6, 35}, {14, 15}},  {{6, 35}, {30, 7}},
      {{1, 210}, {6, 35}},  {{1, 96}, {6, 16}},   {{6, 16}, {1, 96}},   {{6, 16}, {96, 1}},
      {{16, 32}, {32, 16}}, {{16, 32}, {1, 512}}, {{1, 512}, {4, 128}}, {{49, 1}, {1, 49}},
      {{1, 1}, {1, 1}},     {{48, 2}, {3, 32}},   {{3, 32}, {6, 16}},   {{5, 33}, {3, 55}}};
  for_each_target([&] {
    for (const auto& [from, to] : forms)
      for (const int samples : {1, 3}) {
        INFO(samples << " × " << from[0] << " " << from[1] << " → " << to[0] << " " << to[1]);
        std::vector<float> values = floats(static_cast<std::size_t>(samples * from[0] * from[1]), 1, -1, 1);
        Panels source = Panels::of(samples * from[0], from[1], values);
        lower::AnchorCall call;
        call.a = source.view();
        call.samples = samples;
        call.image.op = Op::reshape;
        call.image.image.height = from[0], call.image.image.width = from[1];
        call.image.result.height = to[0], call.image.result.width = to[1];
        const auto run = [&](Cut cut) {
          return run_anchor(lower::kernels().reshape, call, samples * to[0], to[1], cut.units, cut.panels);
        };
        Panels whole = run({1000, 1000});
        CHECK(row_major(whole) == values);
        CHECK(stained_padding(whole) == 0);
        for (const Cut cut : {Cut{1, 1}, Cut{7, 2}, Cut{16, 1}}) CHECK(run(cut).data == whole.data);
        // An image of one channel may lie where the caller has it.
        call.a = {values.data(), from[1], plan::panel_width, true};
        CHECK(run({1000, 1000}).data == whole.data);
      }
  });
}
