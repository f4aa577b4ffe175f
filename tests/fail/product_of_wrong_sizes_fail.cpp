// expect: inner_sizes_of_a_product_differ<.*layer<.*"tied".*shape<784>.*shape<512, 10>
// A product by hand whose matrix has 512 rows for 784 columns.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    const Tensor image = g.input<784>("image");
    g.begin_layer("tied", "product");
    const Tensor weight = g.parameter("weight", shape_of(512, 10), Initializer::glorot_uniform);
    const Tensor code = bottleneck(matmul(image, weight));
    return sigmoid(dense<784>(code, "dec1"));
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
