// The variational autoencoder of Kingma and Welling 2013 in its textbook size, 784-400-20: the code is a normal
// distribution, and codes drawn from N(0, 1) decode to digits.
#pragma once

#include <isthmus/declare.hpp>

namespace graphs {

using namespace isthmus;

/// `beta` is the weight of the KL term: above 1 as in Higgins et al. 2017.
template <int code, float beta = 1.0f>
struct VariationalOf {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<784>("image");
    auto h = relu(dense<400>(x, "enc1"));
    auto mu = dense<code>(h, "mu");
    auto log_var = dense<code>(h, "log_var");
    auto z = bottleneck(reparameterize(mu, log_var));
    return sigmoid(dense<784>(relu(dense<400>(z, "dec1")), "dec2"));
  });
  static constexpr auto training = train(model, bernoulli + beta * gaussian_kl("mu", "log_var"), adam{});
};

struct Variational : VariationalOf<20> {
  static constexpr const char* summary = "variational, 20-dimensional normal code";
};

}  // namespace graphs
