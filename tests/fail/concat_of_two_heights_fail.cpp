// expect: operands_have_different_shapes<.*layer<.*"label".*shape<4, 2>.*shape<3, 3>
// Matrices beside each other that do not have the same number of rows.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<4, 2>("x");
    auto label = g.condition<3, 3>("label");
    auto code = bottleneck(dense<2>(flatten(concat(x, label)), "code"));
    return to_shape<4, 2>(dense<8>(code, "out"));
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
