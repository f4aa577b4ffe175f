// expect: samples_must_not_be_mixed_in_a_model_use_sample_sum_or_sample_mean<.*layer<.*"enc".*shape<16>,
// .*shape<16, 16> A product over the batch adds samples up.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    const Tensor h = elu(dense<16>(g.input<20>("x"), "enc"));
    const Tensor gram = matmul(h, h, true, false);
    return dense<20>(bottleneck(dense<3>(matmul(h, gram), "code")), "out");
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
