// expect: a_function_in_the_sequence_notation_is_too_large_use_graph<.*layer<.*"enc".*shape<300>, .*shape<256>
// The sequence notation keeps room for so many nodes of a function; what comes behind it is not to blame.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<20>("x"), dense<16>("enc"),
                                                    [](Tensor x) {
                                                      for (int i = 0; i < 300; ++i) x = isthmus::tanh(x);
                                                      return x;
                                                    }),
                                            bottleneck(dense<3>("code")), decoder(dense<20>("out")));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
