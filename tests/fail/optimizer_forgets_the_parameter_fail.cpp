// expect: an_optimizer_has_to_assign_what_it_updates<.*layer<.*"code".*part<.*"weight"
#include <isthmus/declare.hpp>
#include <isthmus/plan/stages.hpp>

using namespace isthmus;

struct Mine {
  Annealed learning_rate = 0.1f;
  constexpr void update(Tensor parameter, Tensor gradient, Tensor rate, Tensor) const {
    Builder& b = *parameter.builder;
    const Tensor velocity = b.state(parameter, "velocity");
    b.assign(velocity, 0.9f * velocity + rate * gradient);
  }
};

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<20>("x")), bottleneck(dense<3>("code")), decoder(dense<20>("out")));
  static constexpr auto training = train(model, mean_squared_error, Mine{});
};

static_assert(isthmus::check<Bad>);
