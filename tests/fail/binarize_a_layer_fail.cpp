// expect: binarize_stands_directly_behind_an_input_of_data<.*layer<.*"enc1".*shape<128>
// What a layer gives is no data: no loss would compare with it.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<784>("image"), dense<128>("enc1") | sigmoid, binarize),
                                            bottleneck(dense<16>("code")), decoder(dense<784>("dec1") | sigmoid));
  static constexpr auto training = train(model, bernoulli, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
