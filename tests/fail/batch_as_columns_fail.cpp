// expect: the_batch_cannot_become_columns<.*layer<.*"enc".*shape<16>
// How many columns a matrix has is part of the plan; how many samples there are is not.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    const Tensor h = elu(dense<16>(g.input<20>("x"), "enc"));
    return dense<20>(bottleneck(dense<3>(matmul(h, h, false, true), "code")), "out");
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
