// expect: weights_of_a_loss_have_the_shape_of_its_errors_or_one_value<.*port<.*"mask".*shape<28>.*shape<784>
// A mask has a value for each of the errors, or one for each sample.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    const Tensor image = g.input<784>("image");
    g.weight<28>("mask");
    return sigmoid(dense<784>(bottleneck(dense<16>(image, "code")), "dec1"));
  });
  static constexpr auto training = train(model, weighted_by("mask", mean_squared_error), adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
