// expect: this_layer_has_no_codebook_expected_one_of_vector_quantize<.*layer<.*"dec1".*shape<784>
// The use of a codebook that a layer does not have.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<784>("image"), dense<16>("z")), bottleneck(vector_quantize<64>("codebook")),
                  decoder(dense<784>("dec1") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error + 0.0f * perplexity("dec1"), adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
