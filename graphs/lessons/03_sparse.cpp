// Lesson 3: a penalty. The code has more units than it needs, and a term of the loss keeps each of them off for
// most samples (Ng, lecture notes CS294A, section 3). Beside it the same model without that term.
#include "waves.hpp"

#include <isthmus/isthmus.hpp>

#include <cstdio>
#include <numeric>
#include <vector>

using namespace isthmus;

// Models may be templates: here the weight of the penalty is a parameter.
template <float weight>
struct Sparse {
  static constexpr auto model =
      autoencoder(encoder(input<64>("wave")), bottleneck(dense<48>("code") | sigmoid), decoder(dense<64>("out")));
  // A penalty looks at a layer by its name. 0.1: the mean activation that each unit should have.
  static constexpr auto training =
      train(model, mean_squared_error + weight * kl_sparsity("code", 0.1f), adam{.learning_rate = 0.01f});
};

/// The mean activation of the code after some training.
template <float weight>
double trained_activation(const std::vector<float>& waves) {
  Trainer<Sparse<weight>, 128> trainer{1};
  for (int step = 0; step < 300; ++step) trainer.step(waves);
  for (std::size_t i = 0; i < trainer.terms().size(); ++i)  // each term by its name, without its weight
    std::printf("%s %.4f  ", trainer.terms()[i].c_str(), trainer.last_terms()[i]);

  Encoder<Sparse<weight>, 128> encoder{trainer};
  std::vector<float> codes(128 * 48);
  encoder.encode(waves, codes);
  const double activation = std::accumulate(codes.begin(), codes.end(), 0.0) / static_cast<double>(codes.size());
  std::printf("mean activation %.3f\n", activation);
  return activation;
}

int main() {
  const std::vector<float> waves = lessons::waves(128, 64);
  const double with = trained_activation<1e-2f>(waves), without = trained_activation<0.0f>(waves);
  return with < 0.15 && with < 0.7 * without ? 0 : 1;
}
