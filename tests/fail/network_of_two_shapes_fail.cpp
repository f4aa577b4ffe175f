// expect: a_network_that_is_applied_again_needs_the_same_shape<.*layer<.*"critic1".*shape<784, 32>.*shape<8, 32>
// A critic of codes is applied to the reconstruction as well.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<784>("image"), dense<64>("enc1") | relu),
                                            bottleneck(dense<8>("code")), decoder(dense<784>("dec1") | sigmoid));
  static constexpr auto critic = network(dense<32>("critic1") | relu, dense<1>("critic2"));
  static constexpr Tensor both(Tensor y, Tensor) { return mean(critic(layer_of(y, "code"))) + mean(critic(y)); }
  static constexpr auto training = train(model, both, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
