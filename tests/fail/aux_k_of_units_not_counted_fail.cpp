// expect: units_of_this_layer_are_not_counted_expected_sparse_top_k_and_count_idle<.*"enc".*shape<48>
// How long units have been idle is not known: count_idle is missing.
#include <isthmus/declare.hpp>
#include <isthmus/plan/stages.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<20>("x"), dense<48>("enc") | top_k<5>),
                                            bottleneck(linear), decoder(dense<20>("dec")));
  static constexpr auto training = train(model, mean_squared_error + 0.03f * aux_k<8>("enc", "dec", 1e6f), adam{});
};

static_assert(isthmus::check<Bad>);
