// Lesson 9: elementwise operations of your own. Each is one object, whose `formula` says what it means in the
// words of the DSL. From it the library makes the kernel of every SIMD target, the gradient, and the text of
// exported models.
#include "waves.hpp"

#include <isthmus/isthmus.hpp>

#include <cstdio>
#include <vector>

using namespace isthmus;

/// x tanh(softplus(x)): Misra 2019, equation 1.
inline constexpr Elementwise mish{
    {.name = "mish", .formula = [](const Operands& o) { return o.a * tanh(softplus(o.a)); }, .flops = 32}};

/// log(cosh(x)), whose gradient is simpler than that of its formula.
inline constexpr Elementwise log_cosh{{
    .name = "log_cosh",
    .formula =
        [](const Operands& o) {
          const Tensor size = abs(o.a);
          return size + log(0.5f + 0.5f * exp(-2.0f * size));
        },
    .gradient = [](const Derivative& d, int) { return d.g * tanh(d.a); },
    .least = 0,
}};

struct Smooth {
  static constexpr auto model =
      autoencoder(encoder(input<24>("x"), dense<17>("enc") | activation(mish)), bottleneck(dense<3>("code")),
                  decoder(dense<17>("dec") | activation(mish), dense<24>("out")));
  static constexpr auto training =
      train(model, term("log_cosh", [](Tensor y, Tensor x) { return mean(activation(log_cosh)(y - x)); }),
            adam{.learning_rate = 0.01f});
};
static_assert(isthmus::check<Smooth>);

int main() {
  Trainer<Smooth, 16> trainer{1};
  const std::vector<float> x = lessons::waves(16, 24);
  const double first = trainer.step(x);
  double loss = first;
  for (int step = 0; step < 200; ++step) loss = trainer.step(x);
  std::printf("loss %.5f -> %.5f\n", first, loss);
  return loss < 0.2 * first ? 0 : 1;
}
