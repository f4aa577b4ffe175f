// Lesson 11: an operation of your own over whole samples, here images. With `whole_samples` a sample takes the
// place of the row, and the kernel is told its height, width and channels.
#include "waves.hpp"

#include <isthmus/isthmus.hpp>

#include <cstdio>
#include <vector>

using namespace isthmus;

/// Of each pixel the sum of all above and to the left of it, by channel: Crow 1984. From the end it is the
/// transpose.
inline void sum_pixels(const RowCall& call, bool from_the_end) {
  const int pixel = call.shapes[0].channels(), row = call.shapes[0].width() * pixel, n = call.columns[0];
  const auto at = [&](int i) { return from_the_end ? n - 1 - i : i; };
  for (int i = 0; i < n; ++i) {
    const bool has_left = i % row >= pixel, has_above = i >= row;
    float sum = call.operands[0][at(i)];
    if (has_left) sum += call.result[at(i - pixel)];
    if (has_above) sum += call.result[at(i - row)];
    if (has_left && has_above) sum -= call.result[at(i - row - pixel)];
    call.result[at(i)] = sum;
  }
}

// Each is the gradient of the other.
extern const RowOperation summed_area;
inline constexpr RowOperation summed_area_back{
    .name = "summed_area_back",
    .whole_samples = true,
    .kernel = [](const RowCall& call) noexcept { sum_pixels(call, true); },
    .gradient = [](const Derivative& d, int) { return d.g.builder->over_rows(summed_area, {d.g, {}, {}}); },
};
inline constexpr RowOperation summed_area{
    .name = "summed_area",
    .whole_samples = true,
    .kernel = [](const RowCall& call) noexcept { sum_pixels(call, false); },
    .gradient = [](const Derivative& d, int) { return d.g.builder->over_rows(summed_area_back, {d.g, {}, {}}); },
};
constexpr Tensor sums(Tensor x) { return 0.05f * x.builder->over_rows(summed_area, {x, {}, {}}); }

struct Summed {
  static constexpr auto model = autoencoder(
      encoder(input<6, 8, 1>("x"), conv2d<3, 3>("enc") | sums | elu, flatten), bottleneck(dense<3>("code")),
      decoder(dense<17>("dec") | elu, dense<48>("out"), to_shape<6, 8, 1>));
  static constexpr auto training = train(model, mean_squared_error, adam{.learning_rate = 0.01f});
};
static_assert(isthmus::check<Summed>);

int main() {
  Trainer<Summed, 16> trainer{1};
  const std::vector<float> x = lessons::waves(16, 48);
  const double first = trainer.step(x);
  double loss = first;
  for (int step = 0; step < 200; ++step) loss = trainer.step(x);
  std::printf("loss %.5f -> %.5f\n", first, loss);
  return loss < 0.2 * first ? 0 : 1;
}
