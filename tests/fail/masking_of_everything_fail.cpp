// expect: a_rate_must_be_at_least_0_and_below_1<.*layer<.*"image".*percent<100>
// Nothing of the image would be left.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<784>("image"), masking_noise(1.0f)),
                                            bottleneck(dense<10>("code")), decoder(dense<784>("dec1") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
