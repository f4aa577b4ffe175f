// expect: a_row_is_longer_than_its_kernel_has_memory_for<.*layer<.*"codebook".*shape<8192>.*shape<8192>
// More vectors than a row of scores has room for.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<784>("image"), dense<16>("z")), bottleneck(vector_quantize<8192>("codebook")),
                  decoder(dense<784>("dec1") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error + commitment("codebook", 0.25f), adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
