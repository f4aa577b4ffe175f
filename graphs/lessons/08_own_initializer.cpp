// Lesson 8: an initializer of your own. A parameter starts by a function of its place, its fans, numbers that are
// its own, and of the mean of the data once that is known.
#include "waves.hpp"

#include <isthmus/isthmus.hpp>

#include <cmath>
#include <cstdio>
#include <vector>

using namespace isthmus;

/// N(0, 2 / fan in): He et al. 2015, equation 10.
inline constexpr Initializer he_normal{
    .name = "he_normal",
    .start = [](const InitialValue& at) { return static_cast<float>(std::sqrt(2.0 / at.fan_in)) * at.normal(); },
};

struct Started {
  static constexpr auto model =
      autoencoder(encoder(input<24>("x"), dense<100>("enc", weights_by(he_normal)) | relu),
                  bottleneck(dense<3>("code")), decoder(dense<24>("out")));
  static constexpr auto training = train(model, mean_squared_error, adam{.learning_rate = 0.01f});
};

int main() {
  Trainer<Started, 16> trainer{1};
  double squares = 0;
  for (const auto& tensor : trainer.read(false))
    if (tensor.name == "enc.weight")
      for (const float w : tensor.values) squares += double{w} * double{w};
  std::printf("variance %.4f, expected %.4f\n", squares / 2400, 2.0 / 24);

  const std::vector<float> x = lessons::waves(16, 24);
  const double first = trainer.step(x);
  double loss = first;
  for (int step = 0; step < 200; ++step) loss = trainer.step(x);
  std::printf("loss %.4f -> %.4f\n", first, loss);
  return std::fabs(squares / 2400 - 2.0 / 24) < 0.01 && loss < 0.2 * first ? 0 : 1;
}
