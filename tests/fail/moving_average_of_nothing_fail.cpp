// expect: a_bound_must_be_positive<.*layer<.*"codebook".*percent<0>
// Without a smallest count a vector that is never used is divided by zero.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<784>("image"), dense<16>("z")),
                                            bottleneck(vector_quantize<64>("codebook", moving_average(0.99f, 0))),
                                            decoder(dense<784>("dec1") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error + commitment("codebook", 0.25f), adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
