// expect: the_model_has_no_input_of_this_name<.*port<.*"labels".*port<.*"image"
// The condition is called label.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

#include <vector>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    const Tensor image = g.input<784>("image");
    const Tensor label = g.condition<10>("label");
    const Tensor code = bottleneck(dense<16>(image, "code") + dense<16>(label, "code_label"));
    return sigmoid(dense<784>(code, "dec1") + dense<784>(label, "dec1_label"));
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

double step(isthmus::Trainer<Bad, 8>& trainer, const std::vector<float>& images,
            const std::vector<float>& labels) {
  return trainer.step(ports<"image", "labels">(images, labels));
}
