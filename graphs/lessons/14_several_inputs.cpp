// Lesson 14: several inputs. Waves with a gap go in, whole ones are to come out (a target); both halves are told
// the wave's shape (a condition); and values that were never measured do not count (weights of the loss).
#include "waves.hpp"

#include <isthmus/isthmus.hpp>

#include <cstdio>
#include <vector>

using namespace isthmus;

struct Repair {
  static constexpr auto model = graph([](Scope& g) {
    auto damaged = g.input<64>("damaged");
    auto shape = g.condition<2>("shape");
    g.target<64>("whole");
    g.weight<64>("measured");
    auto h = elu(dense<32>(damaged, "enc1") + dense<32>(shape, "enc1_shape", no_bias));
    auto code = bottleneck(dense<4>(h, "code"));
    auto d = elu(dense<32>(code, "dec1") + dense<32>(shape, "dec1_shape", no_bias));
    return dense<64>(d, "out");
  });
  static constexpr auto training =
      train(model, weighted_by("measured", mean_squared_error), adam{.learning_rate = 0.01f});
};

int main() {
  constexpr std::size_t samples = 128, width = 64;
  std::vector<float> whole = lessons::waves(samples, width), shapes(samples * 2), measured(samples * width, 1.0f);
  for (std::size_t i = 0; i < samples; ++i) {
    const bool is_square = i % 2 == 1;
    shapes[2 * i + (is_square ? 1 : 0)] = 1;
    for (std::size_t x = i * width; x < (i + 1) * width; ++x) {
      if (is_square) whole[x] = whole[x] > 0.5f ? 0.8f : 0.2f;
      if (x % 5 == 0) measured[x] = 0;  // Whatever is there, nothing learns it.
    }
  }
  std::vector<float> damaged = whole;
  for (std::size_t i = 0; i < samples; ++i)
    for (std::size_t x = 0; x < 12; ++x) damaged[i * width + (7 * i + x) % width] = 0;

  Trainer<Repair, samples> trainer{1};
  const auto batch = ports<"damaged", "shape", "whole", "measured">(damaged, shapes, whole, measured);
  const double first = trainer.step(batch);
  double loss = first;
  for (int step = 0; step < 400; ++step) loss = trainer.step(batch);

  // Whoever decodes has the condition as well: the same codes as waves, and as squares.
  auto [encoder, decoder] = split(trainer);
  std::vector<float> codes(samples * 4), repaired(samples * width);
  encoder.encode(ports<"damaged", "shape">(damaged, shapes), codes);
  decoder.decode(ports<"code", "shape">(codes, shapes), repaired);
  std::printf("mean squared error: %.5f -> %.5f\n", first, loss);
  return loss < 0.01 && loss < first / 10 ? 0 : 1;
}
