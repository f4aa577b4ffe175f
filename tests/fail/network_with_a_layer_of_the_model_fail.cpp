// expect: two_layers_have_the_same_name<.*layer<.*"enc1".*shape<64>.*shape<16>
// A network beside the model has a layer that the model has as well.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<784>("image"), dense<64>("enc1") | relu),
                                            bottleneck(dense<8>("code")), decoder(dense<784>("dec1") | sigmoid));
  static constexpr auto critic = network(dense<32>("critic1") | relu, dense<1>("critic2"));
  static constexpr auto head = network(dense<16>("enc1") | relu, dense<1>("head2"));
  static constexpr Tensor of_head(Tensor y, Tensor) { return mean(square(head(y))); }
  static constexpr auto training = train(model, of_head, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
