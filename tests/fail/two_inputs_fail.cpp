// expect: the_model_has_two_inputs<.*layer<.*"mask".*shape<784>.*shape<16>
// An autoencoder reads one tensor: what it reconstructs.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    const Tensor image = g.input<784>("image");
    const Tensor mask = g.input<16>("mask");
    const Tensor code = bottleneck(dense<10>(image, "code") + dense<10>(mask, "mask_code"));
    return sigmoid(dense<784>(code, "dec1"));
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
