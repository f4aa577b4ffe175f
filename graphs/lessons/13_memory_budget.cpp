// Lesson 13: training within a memory budget. A step keeps what its backward pass reads, unless that would take
// more than memory_budget<bytes, samples> says for batches of up to so many samples; then some of it is computed
// again. And a batch that is too large comes in parts.
#include "waves.hpp"

#include <isthmus/isthmus.hpp>

#include <cstdio>
#include <span>
#include <vector>

using namespace isthmus;

struct Generous {
  static constexpr auto model = autoencoder(
      encoder(input<28, 28, 1>("image"), gaussian_noise(0.5f) | clip(0, 1), conv2d<16, 3>("enc1") | elu,
              conv2d<16, 3>("enc2") | elu | max_pool<2>),
      bottleneck(conv2d<4, 3>("code")),
      decoder(conv2d<16, 3>("dec1") | elu | upsample<2>, conv2d<1, 3>("out", bias_from_data) | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};
struct Frugal : Generous {
  static constexpr auto training = train(model, mean_squared_error, adam{}, memory_budget<7'000'000, 64>);
};
static_assert(arena_bytes<Generous, Role::train, 64> > 9'000'000);
static_assert(arena_bytes<Frugal, Role::train, 64> <= 7'000'000);
/// Four steps make one update.
struct InParts : Generous {
  static constexpr auto training = train(model, mean_squared_error, adam{}, accumulate<4>);
};
static_assert(arena_bytes<InParts, Role::train, 16> < 3'000'000);

int main() {
  Trainer<Generous, 64> generous{1};
  Trainer<Frugal, 64> frugal{1};
  const std::vector<float> images = lessons::waves(64, 28 * 28);
  double first = 0, loss = 0;
  for (int step = 0; step < 5; ++step) {
    loss = generous.step(images);
    if (loss != frugal.step(images)) return 1;  // never: the same bits
    if (step == 0) first = loss;
  }
  std::printf("%lld and %lld bytes, the same loss: %.5f\n", static_cast<long long>(generous.arena_bytes()),
              static_cast<long long>(frugal.arena_bytes()), loss);
  Trainer<InParts, 16> in_parts{1};
  double mean = 0;  // of the last update's steps
  for (int step = 0; step < 20; ++step) {
    if (step % 4 == 0) mean = 0;
    const std::span<const float> part =
        std::span(images).subspan(static_cast<std::size_t>(step % 4 * 16 * 28 * 28), 16 * 28 * 28);
    mean += in_parts.step(part) / 4;
  }
  std::printf("in four parts, with %lld bytes: %.5f\n", static_cast<long long>(in_parts.arena_bytes()), mean);
  return loss < first && mean < first ? 0 : 1;
}
