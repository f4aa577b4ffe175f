// expect: steps_in_turns_do_not_accumulate_their_gradients<.*layer<.*"accumulate".*shape<4>
// The second turn reads what the first one has updated, by all of the samples.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<784>("image"), dense<64>("enc1") | relu),
                                            bottleneck(dense<8>("code")), decoder(dense<784>("dec1") | sigmoid));
  static constexpr auto critic = network(dense<32>("critic1") | relu, dense<1>("critic2"));
  static constexpr auto training =
      train(model,
            in_turns(turn("autoencode", mean_squared_error, adam{}).of(encoder_layers, decoder_layers),
                     turn("discriminate", discriminator_loss(critic, "code"), adam{}).of(critic)),
            accumulate<4>);
};

isthmus::Trainer<Bad, 8> trainer{1};
