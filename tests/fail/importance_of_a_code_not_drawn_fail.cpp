// expect: importance_weights_need_a_code_that_is_drawn<.*layer<.*"loss".*shape<784>
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<784>("image"), dense<128>("enc1") | relu),
                                            bottleneck(dense<16>("code")), decoder(dense<784>("dec1") | sigmoid));
  static constexpr auto training = train(model, importance_weighted<5>(bernoulli), adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
