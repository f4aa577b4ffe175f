// expect: an_exponential_schedule_goes_between_positive_values<.*layer<.*"optimizer"
// No factor leads to zero.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<7>("x")), bottleneck(dense<2>("code")), decoder(dense<7>("out")));
  static constexpr auto training = train(model, mean_squared_error, adam{anneal::exponential(1e-3f, 0, 100)});
};

isthmus::Trainer<Bad, 4> trainer{1};
