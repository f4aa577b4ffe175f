// expect: the_model_has_no_bottleneck<.*layer<.*"dec1".*shape<784>.*shape<784>
// Nothing says where the model is to be cut.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<784>("image"), dense<32>("enc1") | elu), decoder(dense<784>("dec1") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
