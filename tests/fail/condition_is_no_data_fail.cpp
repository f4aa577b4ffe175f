// expect: the_model_has_no_input<
// A condition is known where the code is decoded and need not be encoded: the model has no data.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    const Tensor label = g.condition<10>("label");
    return sigmoid(dense<784>(bottleneck(dense<16>(label, "code")), "dec1"));
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
