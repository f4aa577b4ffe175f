// expect: a_rate_must_be_at_least_0_and_below_1<.*layer<.*"optimizer".*percent<150>
// A warm-up that begins above the schedule.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<7>("x")), bottleneck(dense<2>("code")), decoder(dense<7>("out")));
  static constexpr auto training = train(model, mean_squared_error, adam{anneal::warm_up(100, 1e-3f, 1.5f)});
};

isthmus::Trainer<Bad, 4> trainer{1};
