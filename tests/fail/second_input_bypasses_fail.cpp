// expect: the_bottleneck_is_bypassed_by<.*layer<.*"dec1_hint".*shape<784>.*shape<10>
// The second input is data, which has to go through the bottleneck; a condition may go around it.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    const Tensor image = g.input<784>("image");
    const Tensor hint = g.input<16>("hint");
    const Tensor code = bottleneck(dense<10>(image, "code"));
    return sigmoid(dense<784>(code, "dec1") + dense<784>(hint, "dec1_hint"));
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
