// expect: the_largest_batch_must_be_positive<.*layer<.*"memory_budget".*shape<0>.*shape<1>
// A budget for batches of no sample.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<100>("signal"), dense<64>("enc1") | elu),
                                            bottleneck(dense<10>("code")), decoder(dense<100>("dec1") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{}, memory_budget<2'000'000, 0>);
};

isthmus::Trainer<Bad, 1> trainer{1};
