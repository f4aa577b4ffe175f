// expect: operands_have_different_shapes<.*layer<.*"lopsided".*shape<60>.*shape<64>
// A loss of the program's own that compares 60 values with 64: it is the term's mistake.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

constexpr Tensor lopsided(Tensor y, Tensor target) { return mean(abs(y - target) * 2.0f); }

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<64>("image"), dense<16>("enc1") | relu),
                                            bottleneck(dense<3>("code")), decoder(dense<60>("dec1")));
  static constexpr auto training = train(model, term("lopsided", lopsided), adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
