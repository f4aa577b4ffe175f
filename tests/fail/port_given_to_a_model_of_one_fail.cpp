// expect: the_model_has_no_input_of_this_name<.*port<.*"label".*port<.*"image"
// The model has one input, and is given another one besides.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

#include <vector>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    const Tensor image = g.input<784>("image");
    return sigmoid(dense<784>(bottleneck(dense<16>(image, "code")), "dec1"));
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

double step(isthmus::Trainer<Bad, 8>& trainer, const std::vector<float>& images,
            const std::vector<float>& labels) {
  return trainer.step(ports<"image", "label">(images, labels));
}
