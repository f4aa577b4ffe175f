// expect: the_sequence_notation_has_one_input_use_graph_for_more<.*layer<.*"mask".*shape<784>.*shape<16>
// The layers of the sequence notation follow each other: what the second input goes into cannot be said there.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<784>("image"), input<16>("mask"), dense<64>("enc1") | elu),
                  bottleneck(dense<10>("code")), decoder(dense<784>("dec1") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
