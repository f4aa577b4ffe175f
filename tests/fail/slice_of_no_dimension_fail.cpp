// expect: the_operand_has_no_such_dimension<.*layer<.*"enc1".*shape<16>.*shape<1>
// A slice of a dimension that its operand lacks.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<64>("image"), dense<16>("enc1") | relu | slice<1, 0, 4>),
                                            bottleneck(dense<3>("code")), decoder(dense<64>("dec1") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
