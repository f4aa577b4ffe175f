// expect: operands_have_different_shapes<.*layer<.*"mix".*shape<6>.*shape<5>
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<6, 16>("steps");
    auto mask = g.condition<5>("present");
    auto code = bottleneck(dense<4>(attention<2>(x, "mix", key_mask(mask)) | flatten, "code"));
    return dense<96>(code, "out") | to_shape<6, 16>;
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
