// expect: the_loss_compares_different_shapes<.*layer<.*"dec1".*shape<784>.*shape<100>
// A target of another size than the reconstruction.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    const Tensor noisy = g.input<784>("noisy");
    g.target<100>("clean");
    return sigmoid(dense<784>(bottleneck(dense<16>(noisy, "code")), "dec1"));
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
