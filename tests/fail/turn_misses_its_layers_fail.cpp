// expect: the_loss_of_a_turn_does_not_reach_its<.*turn<.*"confuse".*layer<.*"decoder_layers"
// The encoder is to confuse the critic; the decoder has no part in it.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<784>("image"), dense<64>("enc1") | relu),
                                            bottleneck(dense<8>("code")), decoder(dense<784>("dec1") | sigmoid));
  static constexpr auto critic = network(dense<32>("critic1") | relu, dense<1>("critic2"));
  static constexpr auto training =
      train(model, in_turns(turn("autoencode", mean_squared_error, adam{}).of(encoder_layers, decoder_layers),
                            turn("discriminate", discriminator_loss(critic, "code"), adam{}).of(critic),
                            turn("confuse", generator_loss(critic, "code"), adam{}).of(decoder_layers)));
};

isthmus::Trainer<Bad, 8> trainer{1};
