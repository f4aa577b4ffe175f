// expect: the_memory_budget_is_for_smaller_batches<.*layer<.*"memory_budget".*shape<512>.*shape<256>
// A trainer of larger batches than the model's memory was bounded for.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<100>("signal"), dense<64>("enc1") | elu),
                                            bottleneck(dense<10>("code")), decoder(dense<100>("dec1") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{}, memory_budget<2'000'000, 256>);
};

isthmus::Trainer<Bad, 512> trainer{1};
