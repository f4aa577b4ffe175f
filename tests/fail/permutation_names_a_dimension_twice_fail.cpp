// expect: a_permutation_names_each_dimension_once<.*layer<.*"enc1".*shape<4, 2, 2>.*shape<0, 1, 1>
// A permutation that names one dimension twice.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<64>("image"), dense<16>("enc1"), to_shape<4, 2, 2>, permute<0, 1, 1>, flatten),
                  bottleneck(dense<3>("code")), decoder(dense<64>("dec1") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
