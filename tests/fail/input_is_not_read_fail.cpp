// expect: an_input_is_not_read<.*port<.*"label".*shape<10>
// A condition that neither side reads.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    const Tensor image = g.input<784>("image");
    g.condition<10>("label");
    return sigmoid(dense<784>(bottleneck(dense<16>(image, "code")), "dec1"));
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
