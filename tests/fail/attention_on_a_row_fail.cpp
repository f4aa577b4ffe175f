// expect: this_layer_takes_a_sequence_of_rows<.*layer<.*"mix".*shape<16>.*shape<1, 16>
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<16>("row"), attention<2>("mix"), flatten),
                                            bottleneck(dense<4>("code")), decoder(dense<16>("out")));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
