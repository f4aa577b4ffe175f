// expect: a_rate_must_be_at_least_0_and_below_1<.*layer<.*"codebook".*percent<100>
// A codebook that would never move.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<784>("image"), dense<16>("z")),
                                            bottleneck(vector_quantize<64>("codebook", moving_average(1.0f))),
                                            decoder(dense<784>("dec1") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error + commitment("codebook", 0.25f), adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
