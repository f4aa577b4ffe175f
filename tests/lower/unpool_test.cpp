// Gradients of weights that put a pool's gradient back while they read it: the bits of what max_unpool would have
// written first.
#include "lower/convolutions.hpp"
#include "support/catch.hpp"
#include "support/targets.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

/// A gradient of pooled results at random, and in `data` what it is before the pool.
PooledGradient pooled_gradient(const Geometry& g, Data& data) {
  const int height = g.result_height / 2, width = g.result_width / 2, pixels = height * width;
  const std::size_t count = static_cast<std::size_t>(g.samples * pixels * g.result_channels);
  const std::vector<float> values = floats(count, 4, -1, 1);
  std::vector<float> places = floats(count, 5, 0, 4);
  std::fill(data.result.begin(), data.result.end(), 0.0f);
  for (std::size_t i = 0; i < count; ++i) {
    const int place = std::min(3, static_cast<int>(places[i]));
    places[i] = static_cast<float>(place);
    const int pixel = static_cast<int>(i) / g.result_channels, channel = static_cast<int>(i) % g.result_channels;
    const int row = pixel % pixels / width * 2 + place / 2, column = pixel % width * 2 + place % 2;
    const int at = (pixel / pixels * g.result_height + row) * g.result_width + column;
    data.result[static_cast<std::size_t>(at * g.result_channels + channel)] = values[i];
  }
  return {Panels::of(g.samples * pixels, g.result_channels, values),
          Panels::of(g.samples * pixels, g.result_channels, places)};
}

int compared = 0;

void compare(const Geometry& g, Algorithm algorithm, int parts = 1) {
  Data data(g);
  PooledGradient pooled = pooled_gradient(g, data);
  Convolution convolution{g, algorithm};
  convolution.parts = parts;
  for_each_target([&] {
    const Panels expected = convolution.run_weights(data);
    int wrong = convolution.run_weights(data, {}, &pooled).data != expected.data;
    for (const Cut cut : {Cut{1, 1}, Cut{2, 2}, Cut{1, 0}, Cut{0, 1}})
      wrong += convolution.run_weights(data, cut, &pooled).data != expected.data;
    INFO(g.text());
    CHECK(wrong == 0);
    ++compared;
  });
}

}  // namespace

TEST_CASE("a gradient of weights reads a pool's gradient as if it had been put back") {
  for (const auto& [height, width] : {std::pair{2, 2}, {2, 6}, {4, 2}, {6, 10}, {14, 12}})
    for (const int from : {1, 3, 16, 17, 33})
      for (const int to : {2, 16, 33}) {
        compare(three_by_three(height == 4 ? 3 : 1, height, width, from, to), Algorithm::direct);
        if (from > 1) compare(three_by_three(2, height, width, from, to), Algorithm::winograd);
      }
  compare(strided(2, 8, 12, 3, 20, 5, 4, 2, 1, Pad::same), Algorithm::direct);
  compare(strided(2, 9, 13, 1, 20, 4, 3, 1, 2, Pad::valid), Algorithm::direct);
  // Longer than a block.
  compare(three_by_three(1, 4, 300, 1, 20), Algorithm::direct);
  compare(three_by_three(1, 4, 300, 40, 33), Algorithm::direct);
  compare(three_by_three(1, 4, 600, 20, 40), Algorithm::winograd);
  CHECK(compared > 100);
}

TEST_CASE("a pool's gradient is put back in every part of a gradient of weights") {
  for (const int samples : {1, 7, 16, 33}) {
    compare(three_by_three(samples, 4, 6, 1, 32), Algorithm::direct, 4);
    compare(three_by_three(samples, 4, 6, 17, 20), Algorithm::direct, 4);
    compare(three_by_three(samples, 4, 6, 17, 20), Algorithm::winograd, 4);
  }
}
