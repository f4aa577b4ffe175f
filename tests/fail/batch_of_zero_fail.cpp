// expect: the_largest_batch_must_be_positive<.*layer<.*"batch".*shape<0>.*shape<1>
// A trainer whose largest batch holds no sample.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<784>("image")), bottleneck(dense<10>("code")),
                                            decoder(dense<784>("dec1") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 0> trainer{1};
