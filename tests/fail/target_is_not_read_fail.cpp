// expect: an_input_is_not_read<.*port<.*"clean".*shape<784>
// The loss compares with another input, and the target is forgotten.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    const Tensor noisy = g.input<784>("noisy");
    g.target<784>("clean");
    return sigmoid(dense<784>(bottleneck(dense<16>(noisy, "code")), "dec1"));
  });
  static constexpr auto training = train(model, compare("noisy", mean_squared_error), adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
