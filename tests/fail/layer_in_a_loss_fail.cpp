// expect: a_loss_must_not_have_layers_of_its_own<.*layer<.*"critic"
// A layer has parameters, and those of a loss would be in no model's file.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<20>("x")), bottleneck(dense<3>("code")), decoder(dense<20>("out")));
  static constexpr auto training =
      train(model, [](Tensor y, Tensor target) { return mean(square(dense<4>(y - target, "critic"))); }, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
