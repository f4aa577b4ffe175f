// expect: a_size_must_be_positive<.*layer<.*"enc1".*shape<0>.*shape<1>
// A layer without values.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<784>("image"), dense<0>("enc1") | elu),
                                            bottleneck(dense<10>("code")), decoder(dense<784>("dec1") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
