// expect: the_loss_is_not_a_scalar<.*layer<.*"loss".*shape<784>.*shape<>
// A loss of the user that forgot to take the mean.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

constexpr auto squared_error = [](Tensor reconstruction, Tensor target) {
  return square(reconstruction - target);
};

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<784>("image")), bottleneck(dense<10>("code")),
                                            decoder(dense<784>("dec1") | sigmoid));
  static constexpr auto training = train(model, squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
