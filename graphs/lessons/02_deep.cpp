// Lesson 2: more layers, and a model that is no chain. Layers are functions of tensors, so a graph is written as
// expressions are; here with a skip connection inside of the encoder.
#include "waves.hpp"

#include <isthmus/isthmus.hpp>

#include <cstdio>
#include <vector>

using namespace isthmus;

struct Residual {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<64>("wave");
    auto h = tanh(dense<32>(x, "h1"));
    h = h + tanh(dense<32>(h, "h2"));  // the skip connection
    h = h + tanh(dense<32>(h, "h3"));
    auto code = bottleneck(dense<3>(h, "code"));  // all that the decoder gets: the compiler proves it
    return dense<64>(tanh(dense<32>(code, "wider")), "out");
  });
  // A loss is a function of the reconstruction and the target; mean_squared_error would be the first half of this
  // one.
  static constexpr auto training = train(
      model, [](Tensor y, Tensor target) { return mean(square(y - target)) + 0.01f * mean(abs(y - target)); },
      sgd{.learning_rate = 0.2f, .momentum = 0.9f});
};
static_assert(width_of<Residual, "code">() == 3);

int main() {
  const std::vector<float> waves = lessons::waves(128, 64);
  Trainer<Residual, 128> trainer{1};
  const double first = trainer.step(waves);
  double loss = first;
  for (int step = 0; step < 400; ++step) loss = trainer.step(waves);
  std::printf("loss %.4f -> %.4f\n", first, loss);
  return loss < 0.1 * first ? 0 : 1;
}
