// expect: the_bottleneck_is_bypassed_by<.*layer<.*"enc1".*shape<16>.*shape<2>.*joins<.*"enc2"
// Two codes, and a layer of the encoder that the decoder reads as well.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    auto h = relu(dense<16>(g.input<64>("image"), "enc1"));
    auto coarse = bottleneck(dense<2>(h, "coarse"));
    auto fine = bottleneck(dense<4>(concat(h, coarse), "enc2"), "fine");
    return dense<64>(concat(coarse, fine, h), "dec1");
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
