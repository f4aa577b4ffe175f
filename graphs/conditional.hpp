// A variational autoencoder that is told the digit's label, on both sides of the code (Sohn et al. 2015, Kingma et
// al. 2014): the code need not say which digit it is, and the decoder draws the digit that it is asked for.
#pragma once

#include <isthmus/declare.hpp>

namespace graphs {

using namespace isthmus;

struct Conditional {
  static constexpr const char* summary = "variational, both halves are told the label";
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<784>("image");
    auto label = g.condition<10>("label");
    auto h = relu(dense<400>(x, "enc1") + dense<400>(label, "enc1_label", no_bias));
    auto mu = dense<20>(h, "mu");
    auto log_var = dense<20>(h, "log_var");
    auto z = bottleneck(reparameterize(mu, log_var));
    auto d = relu(dense<400>(z, "dec1") + dense<400>(label, "dec1_label", no_bias));
    return sigmoid(dense<784>(d, "dec2"));
  });
  static constexpr auto training = train(model, bernoulli + gaussian_kl("mu", "log_var"), adam{});
};

}  // namespace graphs
