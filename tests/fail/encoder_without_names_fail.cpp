// expect: a_model_with_several_inputs_takes_them_by_name_as_ports<.*port<.*"image".*port<.*"label"
// An encoder that reads a condition has two inputs.
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

void encode(isthmus::Encoder<Bad, 8>& encoder, const std::vector<float>& images, std::vector<float>& codes) {
  encoder.encode(images, codes);
}
