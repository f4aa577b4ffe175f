// A small model whose halves have more inputs than the data and the code.
#pragma once

#include <isthmus/declare.hpp>

namespace isthmus::testing {

/// A condition that both sides read, and one that the decoder reads alone.
struct Conditional {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<9>("x");
    auto label = g.condition<4>("label");
    auto place = g.condition<2>("place");
    auto code = bottleneck(dense<3>(isthmus::tanh(dense<7>(x, "enc") + dense<7>(label, "enc_label")), "code"));
    auto d = dense<7>(code, "dec") + dense<7>(label, "dec_label") + dense<7>(place, "dec_place");
    g.side_output(isthmus::exp(d), "hidden");
    return sigmoid(dense<9>(isthmus::tanh(d), "out"));
  });
};

}  // namespace isthmus::testing
