// Lesson 5: a variational autoencoder (Kingma and Welling 2014). Its code is a distribution in training and its
// mean in use; the decoder makes new samples of codes that are drawn from N(0, 1).
#include "waves.hpp"

#include <isthmus/isthmus.hpp>

#include <cstdio>
#include <vector>

using namespace isthmus;

struct Variational {
  static constexpr auto model = graph([](Scope& g) {
    auto h = tanh(dense<40>(g.input<64>("wave"), "hidden"));
    auto mu = dense<2>(h, "mu");
    auto log_var = dense<2>(h, "log_var");
    auto z = bottleneck(reparameterize(mu, log_var));  // drawn wherever there is a loss, its mean in use
    return sigmoid(dense<64>(tanh(dense<40>(z, "wider")), "out", bias_from_data));
  });
  // The weight of the second term grows over the first 100 steps.
  static constexpr auto training =
      train(model, bernoulli + anneal::linear(0.0f, 1.0f, 100) * gaussian_kl("mu", "log_var"),
            adam{.learning_rate = 0.005f});
};

int main() {
  const std::vector<float> waves = lessons::waves(64, 64);
  Trainer<Variational, 64> trainer{1};
  trainer.step(waves);
  const double first = trainer.last_terms()[0];
  for (int step = 0; step < 300; ++step) trainer.step(waves);
  for (std::size_t i = 0; i < trainer.terms().size(); ++i)
    std::printf("%s %.3f\n", trainer.terms()[i].c_str(), trainer.last_terms()[i]);

  auto [encoder, decoder] = split(trainer);
  std::vector<float> mu(64 * 2), made(64);
  encoder.encode(waves, mu);
  const auto log_var = encoder.side_output("log_var");    // beside the code, of the last run
  decoder.decode(std::vector<float>{0.5f, -1.0f}, made);  // a new sample
  return trainer.last_terms()[0] < first && log_var.size() == mu.size() ? 0 : 1;
}
