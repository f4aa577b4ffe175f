// expect: a_product_takes_matrices<.*layer<.*"enc".*shape<6, 6, 4>
// An image is no matrix: flatten comes first.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    const Tensor h = conv2d<4, 3>(g.input<6, 6, 1>("x"), "enc");
    const Tensor code = bottleneck(dense<3>(flatten(matmul(h, g.parameter("free", shape_of(4, 4)))), "code"));
    return to_shape<6, 6, 1>(dense<36>(code, "out"));
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
