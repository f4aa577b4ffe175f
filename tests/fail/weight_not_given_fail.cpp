// expect: an_input_is_not_given<.*port<.*"mask".*shape<784>
// An evaluation has the loss, and so its weights.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

#include <vector>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    const Tensor image = g.input<784>("image");
    g.weight<784>("mask");
    return sigmoid(dense<784>(bottleneck(dense<16>(image, "code")), "dec1"));
  });
  static constexpr auto training = train(model, weighted_by("mask", mean_squared_error), adam{});
};

double loss(isthmus::Trainer<Bad, 8>& trainer, const std::vector<float>& images) {
  return trainer.evaluate(ports<"image">(images));
}
