// expect: the_model_has_two_bottlenecks<.*layer<.*"code2".*shape<32>.*shape<16>
// Two places where the model could be cut.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<784>("image")), bottleneck(dense<32>("code1") | elu),
                                            bottleneck(dense<16>("code2")), decoder(dense<784>("dec1") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
