// expect: ports takes as many values as names
// Two names, and the values of one of them.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

#include <vector>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    const Tensor image = g.input<784>("image");
    const Tensor label = g.condition<10>("label");
    const Tensor code = bottleneck(dense<16>(image, "code") + dense<16>(label, "code_label"));
    return sigmoid(dense<784>(code, "dec1"));
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

double step(isthmus::Trainer<Bad, 8>& trainer, const std::vector<float>& images) {
  return trainer.step(ports<"image", "label">(images));
}
