// expect: operands_have_different_shapes<.*layer<.*"half".*shape<28, 28, 8>.*shape<14, 14, 8>
// A skip connection past a pooling.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    const Tensor image = g.input<28, 28, 1>("image");
    const Tensor whole = relu(conv2d<8, 3>(image, "whole"));
    const Tensor half = max_pool<2>(relu(conv2d<8, 3>(whole, "half")));
    const Tensor code = bottleneck(dense<10>(flatten(whole + half), "code"));
    return reshape(sigmoid(dense<784>(code, "dec1")), shape_of(batch, 28, 28, 1));
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
