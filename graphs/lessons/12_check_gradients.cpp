// Lesson 12: is a gradient right? Each is compared with a central difference of the loss, (L(w + h) - L(w - h)) /
// 2h.
#include "rms_norm.hpp"
#include "waves.hpp"

#include <isthmus/isthmus.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

using namespace isthmus;
using lessons::rms_norm;

// With a rate of one, gradient descent subtracts the gradient itself: what a step changes is what is looked for.
// No noise, or the loss before and after would be of different numbers.
struct Checked {
  static constexpr auto model =
      autoencoder(encoder(input<24>("x"), dense<17>("enc") | rms_norm | elu), bottleneck(dense<3>("code")),
                  decoder(dense<17>("dec") | rms_norm | elu, dense<24>("out")));
  static constexpr auto training = train(model, mean_squared_error, sgd{.learning_rate = 1.0f});
};

int main() {
  const std::vector<float> x = lessons::waves(16, 24);
  Trainer<Checked, 16> trainer{1};
  for (int step = 0; step < 2; ++step) trainer.step(x);  // away from the start, where all biases are zero

  const auto before = trainer.read(false);
  trainer.step(x);
  const auto after = trainer.read(false);
  bool all_are_right = true;
  auto weights = before;
  for (std::size_t t = 0; t < weights.size(); ++t) {
    std::vector<float>& values = weights[t].values;
    double largest = 0, worst = 0;
    for (std::size_t i = 0; i < values.size(); i += values.size() / 32 | 1) {  // some of each parameter
      double loss[2], at[2];
      for (const int side : {0, 1}) {
        // 2^-6: smaller ones drown in the rounding of the loss, larger ones see its third derivative.
        values[i] = before[t].values[i] + (side == 0 ? -0x1p-6f : 0x1p-6f);
        at[side] = double{values[i]};
        trainer.write(weights, false, 0, "a central difference");
        loss[side] = trainer.evaluate(x);
      }
      values[i] = before[t].values[i];
      const double gradient = double{before[t].values[i]} - double{after[t].values[i]};
      worst = std::max(worst, std::fabs((loss[1] - loss[0]) / (at[1] - at[0]) - gradient));
      largest = std::max(largest, std::fabs(gradient));
    }
    std::printf("%-12s gradients up to %.5f, off by at most %.7f\n", weights[t].name.c_str(), largest, worst);
    all_are_right = all_are_right && largest > 0 && worst < 0.01 * largest;
  }
  return all_are_right ? 0 : 1;
}
