// expect: the_memory_budget_is_too_small<.*bytes<200000>.*bytes<[0-9]+>
// Parameters, moments, and what one layer needs at least are more than the budget.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<100>("signal"), dense<64>("enc1") | elu),
                                            bottleneck(dense<10>("code")), decoder(dense<100>("dec1") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{}, memory_budget<200'000, 256>);
};

static_assert(isthmus::Trainer<Bad, 256>::arena_size() > 0);
