// expect: the_loss_compares_different_shapes<.*layer<.*"dec1".*shape<28, 28, 1>.*shape<27, 28, 1>
// Halves of an odd height are rounded up: twice as much is one row more than there was.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<27, 28, 1>("image"), conv2d<8, 3>("enc1") | relu | max_pool<2>(same)),
                  bottleneck(conv2d<2, 3>("code") | relu), decoder(upsample<2>, conv2d<1, 3>("dec1") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
