// The network with one stochastic layer of Burda, Grosse and Salakhutdinov 2015 ("Importance weighted
// autoencoders", section 5) in the form with one sample, a variational autoencoder: 784-200-200-50, on digits that
// are binarized anew in each step, trained as there in batches of 20 of 60,000 digits. `isthmus evaluate …
// --importance-samples 5000` gives the figure of their table 1.
#pragma once

#include <isthmus/declare.hpp>

namespace graphs {

using namespace isthmus;

struct Importance {
  static constexpr const char* summary = "variational, on binarized digits, with the bound on log p(x)";
  static constexpr auto model = graph([](Scope& g) {
    auto x = binarize(g.input<784>("image"));
    auto h = isthmus::tanh(dense<200>(isthmus::tanh(dense<200>(x, "enc1")), "enc2"));
    auto z = bottleneck(reparameterize(dense<50>(h, "mu"), dense<50>(h, "log_var")));
    auto d = isthmus::tanh(dense<200>(isthmus::tanh(dense<200>(z, "dec1")), "dec2"));
    return sigmoid(dense<784>(d, "dec3", bias_from_data));
  });
  /// 0.001 · 10^(-i/7) for 3^i epochs of 3,000 steps, i = 0 … 7.
  static constexpr Annealed rate =
      anneal::steps(1e-3f, anneal::after(3'000, 7.196857e-4f), anneal::after(12'000, 5.179475e-4f),
                    anneal::after(39'000, 3.727594e-4f), anneal::after(120'000, 2.682696e-4f),
                    anneal::after(363'000, 1.930698e-4f), anneal::after(1'092'000, 1.389495e-4f),
                    anneal::after(3'279'000, 1e-4f));
  static constexpr auto training =
      train(model, bernoulli + gaussian_kl("mu", "log_var"), adam{.learning_rate = rate, .epsilon = 1e-4f});
};

}  // namespace graphs
