// expect: the_model_has_no_input_of_this_name<.*port<.*"cleaned".*port<.*"noisy"
// The target is called clean.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    const Tensor noisy = g.input<784>("noisy");
    g.target<784>("clean");
    return sigmoid(dense<784>(bottleneck(dense<16>(noisy, "code")), "dec1"));
  });
  static constexpr auto training = train(model, compare("cleaned", mean_squared_error), adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
