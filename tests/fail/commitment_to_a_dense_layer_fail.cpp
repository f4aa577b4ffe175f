// expect: this_layer_has_no_codebook_expected_one_of_vector_quantize<.*layer<.*"z".*shape<16>
// The layer that is quantized instead of the one that quantizes.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<784>("image"), dense<16>("z")), bottleneck(vector_quantize<64>("codebook")),
                  decoder(dense<784>("dec1") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error + commitment("z", 0.25f), adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
