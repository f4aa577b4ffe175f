// expect: two_layers_have_the_same_name<.*layer<.*"image".*shape<784>.*shape<784>
// Whoever gives the samples could not say which they are.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    const Tensor image = g.input<784>("image");
    g.target<784>("image");
    return sigmoid(dense<784>(bottleneck(dense<16>(image, "code")), "dec1"));
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
