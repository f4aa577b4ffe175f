// expect: a_rate_must_be_at_least_0_and_below_1<.*layer<.*"enc1".*percent<3000>
// A rate in percent.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<784>("image"), dense<64>("enc1") | relu | dropout(30)),
                                            bottleneck(dense<10>("code")), decoder(dense<784>("dec1") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
