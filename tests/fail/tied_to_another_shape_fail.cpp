// expect: tied_weights_have_another_shape<.*layer<.*"dec2".*shape<784, 64>.*shape<784, 128>
// A decoder that is narrower than the encoder that it is tied to.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<784>("image"), dense<128>("enc1") | elu), bottleneck(dense<10>("code")),
                  decoder(dense<64>("dec1") | elu, dense<784>("dec2", tied("enc1")) | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
