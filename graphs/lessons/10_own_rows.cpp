// Lesson 10: an operation of your own over rows, such as a normalization. rms_norm.hpp has it: what looks at a
// whole row is no formula, but a kernel with a gradient. The library cuts it into tasks, proves these free of
// races, and fuses what is elementwise around it.
#include "rms_norm.hpp"
#include "waves.hpp"

#include <isthmus/isthmus.hpp>

#include <cstdio>
#include <vector>

using namespace isthmus;
using lessons::rms_norm;

struct Normalized {
  static constexpr auto model =
      autoencoder(encoder(input<24>("x"), dense<17>("enc") | rms_norm | elu), bottleneck(dense<3>("code")),
                  decoder(dense<17>("dec") | rms_norm | elu, dense<24>("out")));
  static constexpr auto training = train(model, mean_squared_error, adam{.learning_rate = 0.01f});
};
static_assert(isthmus::check<Normalized>);

int main() {
  Trainer<Normalized, 16> trainer{1};
  const std::vector<float> x = lessons::waves(16, 24);
  const double first = trainer.step(x);
  double loss = first;
  for (int step = 0; step < 200; ++step) loss = trainer.step(x);
  std::printf("loss %.5f -> %.5f\n", first, loss);
  return loss < 0.2 * first ? 0 : 1;
}
