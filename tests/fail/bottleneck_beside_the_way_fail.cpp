// expect: the_bottleneck_is_not_between_input_and_output<.*layer<.*"code".*shape<784>.*shape<784>
// The code is computed, but nothing is made of it.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    const Tensor image = g.input<784>("image");
    const Tensor hidden = elu(dense<64>(image, "enc1"));
    bottleneck(dense<10>(hidden, "code"));
    return sigmoid(dense<784>(hidden, "dec1"));
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
