// expect: a_bound_must_be_positive<.*layer<.*"codebook".*percent<0>
// No vector of a codebook is used less often than never.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<784>("image"), dense<16>("z")),
                  bottleneck(vector_quantize<64>("codebook", moving_average(0.99f).restarted_below(0))),
                  decoder(dense<784>("dec1") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error + commitment("codebook", 0.25f), adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
