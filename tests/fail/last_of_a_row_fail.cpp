// expect: this_layer_takes_a_sequence_of_rows<.*"enc".*shape<32>.*shape<1, 32>
// The last step is taken twice: a row has none.
#include <isthmus/declare.hpp>
#include <isthmus/plan/stages.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<24, 1>("x"), lstm<32>("enc") | last | last), bottleneck(dense<4>("code")),
                  decoder(repeat<24>, dense<1>("out", each_row)));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

static_assert(isthmus::check<Bad>);
