// expect: the_model_has_no_input<.*layer<.*"enc1".*shape<.*shape<64>
// The encoder does not say what it reads.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(dense<64>("enc1") | elu), bottleneck(dense<10>("code")),
                                            decoder(dense<784>("dec1") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
