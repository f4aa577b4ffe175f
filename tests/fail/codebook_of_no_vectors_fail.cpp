// expect: a_size_must_be_positive<.*layer<.*"codebook".*shape<0>.*shape<1>
// A codebook of nothing.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<784>("image"), dense<16>("z")), bottleneck(vector_quantize<0>("codebook")),
                  decoder(dense<784>("dec1") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error + commitment("codebook", 0.25f), adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
