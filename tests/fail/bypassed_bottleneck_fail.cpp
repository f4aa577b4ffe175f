// expect: the_bottleneck_is_bypassed_by<.*layer<.*"enc1".*shape<64>.*shape<10>.*joins<.*"dec1"
// A skip connection leads from the encoder into the decoder, so that the decoder cannot stand alone.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    const Tensor image = g.input<784>("image");
    const Tensor hidden = elu(dense<64>(image, "enc1"));
    const Tensor code = bottleneck(dense<10>(hidden, "code"));
    const Tensor wide = elu(dense<64>(code, "dec1"));
    return sigmoid(dense<784>(wide + hidden, "dec2"));
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
