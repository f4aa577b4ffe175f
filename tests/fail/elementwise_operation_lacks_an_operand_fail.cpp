// expect: an_operation_lacks_an_operand<.*operation<.*"ratio"
// An activation has one operand.
#include <isthmus/declare.hpp>
#include <isthmus/plan/stages.hpp>

using namespace isthmus;

inline constexpr Elementwise ratio{
    {.name = "ratio", .operands = 2, .formula = [](const Operands& o) { return o.a / (1.0f + abs(o.b)); }}};

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<20>("x"), dense<16>("enc") | activation(ratio)),
                                            bottleneck(dense<3>("code")), decoder(dense<20>("out")));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

static_assert(isthmus::check<Bad>);
