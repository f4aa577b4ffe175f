// expect: two_turns_keep_an_average_of_the_same<.*layer<.*"enc1".*part<.*"weight"
// Where nothing is trained a parameter has one average.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<784>("image"), dense<64>("enc1") | relu),
                                            bottleneck(dense<8>("code")), decoder(dense<784>("dec1") | sigmoid));
  static constexpr auto critic = network(dense<32>("critic1") | relu, dense<1>("critic2"));
  static constexpr auto training =
      train(model, in_turns(turn("autoencode", mean_squared_error, averaged(adam{})).of(encoder_layers),
                            turn("discriminate", discriminator_loss(critic, "code"), adam{}).of(critic),
                            turn("confuse", generator_loss(critic, "code"), averaged(adam{})).of(encoder_layers)));
};

isthmus::Trainer<Bad, 8> trainer{1};
