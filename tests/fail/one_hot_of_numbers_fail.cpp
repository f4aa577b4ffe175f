// expect: this_word_takes_an_input_that_is_declared_with_indices<.*layer<.*"label".*shape<1>
// A one-hot row of an input that is declared as a number.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<64>("image");
    auto label = g.condition<1>("label");
    auto code = bottleneck(dense<4>(concat(x, one_hot(label)), "enc1"));
    return dense<64>(code, "dec1");
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
