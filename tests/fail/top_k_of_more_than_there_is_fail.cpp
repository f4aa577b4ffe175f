// expect: more_values_are_kept_than_a_row_has<.*layer<.*"enc".*shape<64>.*shape<48>
#include <isthmus/declare.hpp>
#include <isthmus/plan/stages.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<20>("x"), dense<48>("enc")), bottleneck(top_k<64>), decoder(dense<20>("out")));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

static_assert(isthmus::check<Bad>);
