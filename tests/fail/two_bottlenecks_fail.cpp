// expect: two_bottlenecks_have_the_same_name<.*layer<.*"code2".*shape<32>.*shape<16>
// Two codes without a name of their own.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<784>("image")), bottleneck(dense<32>("code1") | elu),
                                            bottleneck(dense<16>("code2")), decoder(dense<784>("dec1") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
