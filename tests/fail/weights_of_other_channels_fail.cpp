// expect: channels_of_image_and_weights_differ<.*layer<.*"tied".*shape<28, 28, 1>.*shape<3, 3, 8, 16>
// A convolution by hand whose weights are for eight channels.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    const Tensor image = g.input<28, 28, 1>("image");
    g.begin_layer("tied", "by hand");
    const Tensor weight = g.parameter("weight", shape_of(3, 3, 8, 16), Initializer::glorot_uniform);
    const Tensor code = bottleneck(g.conv2d(image, weight, Window{3, 3, 1, 1, 1, 1, 1}, shape_of(28, 28)));
    return sigmoid(conv2d<1, 3>(code, "dec1"));
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
