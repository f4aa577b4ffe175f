// A small adversarial model, and the same training as three plain ones that follow each other.
#pragma once

#include <isthmus/declare.hpp>

namespace isthmus::testing {

/// Updates some layers alone.
template <class Optimizer>
struct Only {
  Optimizer optimizer;
  const char* layers[4] = {};
  Annealed learning_rate = optimizer.learning_rate;

  constexpr void update(Tensor parameter, Tensor gradient, Tensor rate, Tensor step) const {
    for (const char* const layer : layers)
      if (layer != nullptr && same_text(layer, parameter.node().label.layer))
        optimizer.update(parameter, gradient, rate, step);
  }
};

/// Turns that update the same layers by different optimizers and rates, noise that all of them see, and draws.
struct InTurns {
  static constexpr auto model = autoencoder(
      encoder(input<70>("x"), gaussian_noise(0.1f), dense<90>("enc") | elu), bottleneck(dense<6>("code")),
      decoder(dense<90>("dec") | elu, dense<70>("out", bias_from_data) | sigmoid));
  static constexpr auto critic = network(dense<33>("critic1") | leaky_relu(0.2f), dense<1>("critic2"));

  static constexpr auto reconstructs = binary_cross_entropy + 0.01f * l1_activity("code");
  static constexpr auto tells_apart = discriminator_loss(critic, "code");
  static constexpr auto confuses = generator_loss(critic, "code");
  static constexpr auto first = adam{.learning_rate = anneal::cosine(0.01f, 0.001f, 7)};
  static constexpr auto second = adam{0.02f};
  static constexpr auto third = sgd{.learning_rate = 0.3f, .momentum = 0.5f};

  static constexpr auto training =
      train(model, in_turns(turn("autoencode", reconstructs, first).of(encoder_layers, decoder_layers),
                            turn("discriminate", tells_apart, second).of(critic),
                            turn("confuse", confuses, third).of("enc", "code")));
};
struct FirstAlone : InTurns {
  static constexpr auto training = train(model, reconstructs, first);
};
struct SecondAlone : InTurns {
  static constexpr auto training = train(model, tells_apart, Only<adam>{second, {"critic1", "critic2"}});
};
struct ThirdAlone : InTurns {
  static constexpr auto training = train(model, confuses, Only<sgd>{third, {"enc", "code"}});
};

}  // namespace isthmus::testing
