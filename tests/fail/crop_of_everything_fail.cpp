// expect: a_size_must_be_positive<.*layer<.*"enc1".*shape<-2, -2, 1>.*shape<4, 4, 1>
// A crop that leaves nothing.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<64>("image"), dense<16>("enc1"), to_shape<4, 4, 1>, crop(3), flatten),
                  bottleneck(dense<3>("code")), decoder(dense<64>("dec1") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
