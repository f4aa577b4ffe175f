// expect: operands_have_different_shapes<.*layer<.*"right".*shape<64>.*shape<32>
// Tensors of 64 and of 32 values cannot be added.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    const Tensor image = g.input<784>("image");
    const Tensor left = elu(dense<64>(image, "left"));
    const Tensor right = elu(dense<32>(image, "right"));
    const Tensor code = bottleneck(dense<10>(left + right, "code"));
    return sigmoid(dense<784>(code, "dec1"));
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
