// expect: a_target_must_be_between_0_and_1<.*layer<.*"code".*percent<500>
// A target in percent.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<784>("image")), bottleneck(dense<196>("code") | sigmoid),
                                            decoder(dense<784>("dec1") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error + kl_sparsity("code", 5), adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
