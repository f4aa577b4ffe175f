// expect: a_size_must_be_positive<.*"enc".*shape<0>.*shape<1>
#include <isthmus/declare.hpp>
#include <isthmus/plan/stages.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<20>("x"), dense<48>("enc")), bottleneck(top_k<0>), decoder(dense<20>("out")));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

static_assert(isthmus::check<Bad>);
