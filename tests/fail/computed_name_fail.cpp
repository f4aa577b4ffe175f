// expect: names_(of_layers_must_be|are)_string_literals
// The graph keeps pointers to the names; these characters are gone when the function ends.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    Tensor x = g.input<20>("x");
    for (int i = 0; i < 3; ++i) {
      const char name[] = {'e', 'n', 'c', static_cast<char>('0' + i), 0};
      x = dense<16>(x, name);
    }
    return dense<20>(bottleneck(dense<3>(x, "code")), "out");
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
