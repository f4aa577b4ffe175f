// expect: operands_belong_to_different_graphs<.*layer<.*"enc1".*shape<64>.*shape<32>
// A tensor of another graph got in.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    Scope other;
    const Tensor image = g.input<784>("image");
    const Tensor hidden = elu(dense<64>(image, "enc1"));
    const Tensor stranger = dense<32>(other.input<784>("image"), "other");
    const Tensor code = bottleneck(dense<10>(hidden + stranger, "code"));
    return sigmoid(dense<784>(code, "dec1"));
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
