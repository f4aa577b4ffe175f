// expect: a_slice_lies_within_its_operand_and_is_not_empty<.*layer<.*"enc1".*shape<16>.*shape<8, 20>
// A slice that ends behind its operand.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<64>("image"), dense<16>("enc1") | relu | slice<8, 20>),
                                            bottleneck(dense<3>("code")), decoder(dense<64>("dec1") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
