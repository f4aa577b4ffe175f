// expect: two_layers_have_the_same_name<.*layer<.*"label".*shape<10>.*shape<4>
// A code of the name of a condition: the decoder has both as inputs.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<64>("image");
    auto label = g.condition<10>("label");
    auto code = bottleneck(dense<4>(concat(x, label), "enc1"), "label");
    return dense<64>(concat(code, label), "dec1");
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
