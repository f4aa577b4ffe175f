// expect: no_layer_has_this_name<.*layer<.*"codebok".*shape<784>.*shape<784>
// The codebook is misspelt.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<784>("image"), dense<16>("z")), bottleneck(vector_quantize<64>("codebook")),
                  decoder(dense<784>("dec1") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error + commitment("codebok", 0.25f), adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
