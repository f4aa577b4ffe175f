// expect: no_layer_has_this_name<.*layer<.*"head".*shape<784>.*shape<784>
// The loss compares the result of a layer that there is not.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    const Tensor image = g.input<784>("image");
    g.target<784>("clean");
    return sigmoid(dense<784>(bottleneck(dense<16>(image, "code")), "dec1"));
  });
  static constexpr auto training = train(model, compare("head", "clean", mean_squared_error), adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
