// expect: the_model_has_no_input_of_this_name<.*port<.*"clean".*port<.*"noisy"
// Only the loss reads a target: an encoder has none.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

#include <vector>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    const Tensor noisy = g.input<784>("noisy");
    g.target<784>("clean");
    return sigmoid(dense<784>(bottleneck(dense<16>(noisy, "code")), "dec1"));
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

void encode(isthmus::Encoder<Bad, 8>& encoder, const std::vector<float>& noisy, std::vector<float>& codes) {
  encoder.encode(ports<"noisy", "clean">(noisy, noisy), codes);
}
