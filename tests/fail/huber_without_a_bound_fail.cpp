// expect: a_bound_must_be_positive<.*layer<.*"huber".*percent<-50>
// A loss whose gradient is zero, or points away from the target.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<7>("x")), bottleneck(dense<2>("code")), decoder(dense<7>("out")));
  static constexpr auto training = train(model, huber(-0.5f), adam{});
};

isthmus::Trainer<Bad, 4> trainer{1};
