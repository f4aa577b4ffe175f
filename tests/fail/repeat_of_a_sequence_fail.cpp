// expect: this_layer_takes_a_row_of_values<.*"dec".*shape<24, 8>.*shape<192>
// There are steps already: `last` is missing.
#include <isthmus/declare.hpp>
#include <isthmus/plan/stages.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<24, 1>("x"), lstm<32>("enc") | last), bottleneck(dense<4>("code")),
                  decoder(repeat<24>, lstm<8>("dec") | repeat<24>, dense<1>("out", each_row)));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

static_assert(isthmus::check<Bad>);
