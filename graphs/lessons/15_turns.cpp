// Lesson 15: steps in turns. A critic learns to tell codes from draws of N(0, 1), and the encoder to make it fail:
// an adversarial autoencoder (Makhzani et al. 2015). Each turn has its loss, its optimizer and its layers.
#include "waves.hpp"

#include <isthmus/isthmus.hpp>

#include <cmath>
#include <cstdio>
#include <vector>

using namespace isthmus;

struct Adversarial {
  static constexpr auto model =
      autoencoder(encoder(input<64>("wave"), dense<48>("enc1") | tanh), bottleneck(dense<2>("code")),
                  decoder(dense<48>("dec1") | tanh, dense<64>("out")));
  // Beside the model: losses apply it, and neither half has it.
  static constexpr auto critic = network(dense<32>("critic1") | leaky_relu(0.2f), dense<1>("critic2"));
  static constexpr adam fast{.learning_rate = 0.01f, .beta1 = 0.5f}, slow{.learning_rate = 0.001f, .beta1 = 0.5f};
  static constexpr auto training = train(
      model, in_turns(turn("autoencode", mean_squared_error, adam{0.002f}).of(encoder_layers, decoder_layers),
                      turn("discriminate", discriminator_loss(critic, "code"), fast).of(critic),
                      turn("confuse", generator_loss(critic, "code"), slow).of("enc1", "code")));
};

int main() {
  constexpr std::size_t samples = 256;
  const std::vector<float> x = lessons::waves(samples, 64);
  Trainer<Adversarial, samples> trainer{1};
  const double first = trainer.step(x);
  for (int step = 0; step < 3000; ++step) trainer.step(x);
  const double loss = trainer.evaluate(x);
  std::printf("mean squared error: %.5f -> %.5f\n", first, loss);
  for (std::size_t i = 0; i < trainer.terms().size(); ++i)
    std::printf("%-12s %.4f\n", trainer.terms()[i].c_str(), trainer.last_terms()[i]);

  // Codes lie where the prior does: mean 0, standard deviation 1.
  auto [encoder, decoder] = split(trainer);
  std::vector<float> codes(samples * 2);
  encoder.encode(x, codes);
  bool is_spread = true;
  for (std::size_t k = 0; k < 2; ++k) {
    double sum = 0, squares = 0;
    for (std::size_t i = k; i < codes.size(); i += 2) {
      sum += static_cast<double>(codes[i]);
      squares += static_cast<double>(codes[i]) * static_cast<double>(codes[i]);
    }
    const double mean = sum / samples, deviation = std::sqrt(squares / samples - mean * mean);
    std::printf("code %zu: mean %.2f, standard deviation %.2f\n", k, mean, deviation);
    is_spread = is_spread && std::fabs(mean) < 0.4 && deviation > 0.6 && deviation < 1.4;
  }
  return loss < 0.01 && is_spread ? 0 : 1;
}
