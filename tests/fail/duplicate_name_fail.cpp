// expect: two_layers_have_the_same_name<.*layer<.*"hidden".*shape<64>.*shape<96>
// Both would be saved under one name.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<784>("image"), dense<64>("hidden") | elu), bottleneck(dense<10>("code")),
                  decoder(dense<96>("hidden") | elu, dense<784>("dec2") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
