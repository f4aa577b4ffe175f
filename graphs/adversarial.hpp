// An adversarial autoencoder (Makhzani et al. 2015, section 2): a critic learns to tell codes from draws of N(0,
// 1), and the encoder to make it fail, so that the decoder makes digits of such draws.
#pragma once

#include <isthmus/declare.hpp>

namespace graphs {

using namespace isthmus;

struct Adversarial {
  static constexpr const char* summary = "a critic makes codes look like draws from N(0, 1), in turns";
  static constexpr auto model = autoencoder(
      encoder(input<784>("image"), dense<256>("enc1") | relu, dense<256>("enc2") | relu),
      bottleneck(dense<8>("code")),
      decoder(dense<256>("dec1") | relu, dense<256>("dec2") | relu, dense<784>("dec3", bias_from_data) | sigmoid));
  static constexpr auto critic =
      network(dense<256>("critic1") | relu, dense<256>("critic2") | relu, dense<1>("critic3"));
  // The first moment of Radford et al. 2016, section 3, with which such training is steadier.
  static constexpr adam steady{.learning_rate = 0.001f, .beta1 = 0.5f};
  static constexpr auto training =
      train(model, in_turns(turn("autoencode", binary_cross_entropy, adam{}).of(encoder_layers, decoder_layers),
                            turn("discriminate", discriminator_loss(critic, "code"), steady).of(critic),
                            turn("confuse", generator_loss(critic, "code"), steady).of(encoder_layers)));
};

}  // namespace graphs
