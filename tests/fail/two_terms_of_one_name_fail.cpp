// expect: two_[a-z_]*have_the_same_name<.*layer<.*"l1"
// Two penalties that would be reported under one name.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<784>("image"), dense<64>("enc1") | elu),
                                            bottleneck(dense<10>("code")), decoder(dense<784>("dec1") | sigmoid));
  static constexpr auto training =
      train(model, mean_squared_error + l1_activity("enc1") + l1_activity("code"), adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
