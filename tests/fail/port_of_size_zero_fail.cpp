// expect: a_size_must_be_positive<.*layer<.*"label".*shape<0>.*shape<1>
// A condition without values.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    const Tensor image = g.input<784>("image");
    const Tensor label = g.condition<0>("label");
    return sigmoid(dense<784>(bottleneck(dense<16>(image, "code")), "dec1") + dense<784>(label, "dec1_label"));
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
