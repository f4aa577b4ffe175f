// expect: weighted_by takes a loss that compares value with value
// A penalty on the code has no error for each value.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    const Tensor image = g.input<784>("image");
    g.weight<784>("mask");
    return sigmoid(dense<784>(bottleneck(dense<16>(image, "code")), "dec1"));
  });
  static constexpr auto training =
      train(model, mean_squared_error + weighted_by("mask", l1_activity("code")), adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
