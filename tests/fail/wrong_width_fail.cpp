// expect: the_loss_compares_different_shapes<.*layer<.*"dec3".*shape<780>.*shape<784>
// The reconstruction is four pixels short of the image that the loss compares it with.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<784>("image"), dense<512>("enc1") | elu), bottleneck(dense<10>("code")),
                  decoder(dense<512>("dec2") | elu, dense<780>("dec3") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
