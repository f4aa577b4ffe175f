// expect: an_elementwise_operation_needs_a_formula<.*operation<.*"mish"
// A gradient alone does not say what an operation computes.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

inline constexpr Elementwise mish{{.name = "mish", .gradient = [](const Derivative& d, int) { return d.g; }}};

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<20>("x"), dense<16>("enc") | activation(mish)),
                                            bottleneck(dense<3>("code")), decoder(dense<20>("out")));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
