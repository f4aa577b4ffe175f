// A variational autoencoder with a code of two values, so that the code space is a picture. Ten digits have little
// room there: one layer more than `variational` each way, and a KL term of less weight, set them apart.
#pragma once

#include <isthmus/declare.hpp>

namespace graphs {

using namespace isthmus;

struct Variational2d {
  static constexpr const char* summary = "variational, two-dimensional code to look at";
  static constexpr auto model = graph([](Scope& g) {
    auto h = elu(dense<256>(elu(dense<512>(g.input<784>("image"), "enc1")), "enc2"));
    auto mu = dense<2>(h, "mu");
    auto log_var = dense<2>(h, "log_var");
    auto z = bottleneck(reparameterize(mu, log_var));
    return sigmoid(dense<784>(elu(dense<512>(elu(dense<256>(z, "dec1")), "dec2")), "dec3", bias_from_data));
  });
  static constexpr auto training = train(model, bernoulli + 0.3f * gaussian_kl("mu", "log_var"),
                                         adam{.learning_rate = anneal::cosine(1e-3f, 1e-4f, 9380)});
};

}  // namespace graphs
