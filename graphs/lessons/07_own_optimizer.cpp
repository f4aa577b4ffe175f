// Lesson 7: an optimizer of your own. It is a struct with a `learning_rate` and a function that writes what
// becomes of one parameter. What it remembers is a `state`, which checkpoints keep. This one is RMSprop with its
// epsilon where PyTorch has it, a layer that stays as it is, and a moving average of every parameter beside it.
#include "waves.hpp"

#include <isthmus/isthmus.hpp>

#include <cstdio>
#include <string>
#include <vector>

using namespace isthmus;

struct RmsProp {
  Annealed learning_rate = 0.001f;
  float decay = 0.9f, epsilon = 1e-7f;
  const char* frozen = "";

  constexpr void update(Tensor parameter, Tensor gradient, Tensor rate, Tensor /*step*/) const {
    if (same_text(parameter.node().label.layer, frozen)) return;  // keeps its value
    Builder& b = *parameter.builder;
    const Tensor squares = b.state(parameter, "squares"), average = b.state(parameter, "average");
    const Tensor next_squares = decay * squares + (1.0f - decay) * square(gradient);
    const Tensor next = parameter - rate * gradient / (sqrt(next_squares) + epsilon);
    b.assign(squares, next_squares);
    b.assign(average, 0.99f * average + 0.01f * next);  // starts at zero: divide by 1 - 0.99^steps
    b.assign(parameter, next);
  }
};

struct Small {
  static constexpr auto model =
      autoencoder(encoder(input<32>("x"), dense<16>("enc") | elu), bottleneck(dense<4>("code")),
                  decoder(dense<16>("dec") | elu, dense<32>("out")));
  static constexpr auto training = train(model, mean_squared_error, RmsProp{.frozen = "enc"});
};
static_assert(isthmus::check<Small>);

int main() {
  Trainer<Small, 8> trainer{1};
  const std::vector<float> x = lessons::waves(8, 32);
  const double first = trainer.step(x);
  trainer.set_learning_rate(2e-3);  // from the next step on
  double loss = 0;
  for (int step = 0; step < 300; ++step) loss = trainer.step(x);
  std::printf("loss %.4f -> %.4f\n", first, loss);

  for (const std::string& name : trainer.untrained()) std::printf("%s stays\n", name.c_str());
  return loss < 0.5 * first && trainer.untrained().size() == 2 ? 0 : 1;
}
