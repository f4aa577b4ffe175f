// expect: what_is_assigned_has_another_shape<.*layer<.*"code".*shape<20, 3>.*shape<>
#include <isthmus/declare.hpp>
#include <isthmus/plan/stages.hpp>

using namespace isthmus;

struct Mine {
  Annealed learning_rate = 0.1f;
  constexpr void update(Tensor parameter, Tensor gradient, Tensor rate, Tensor) const {
    Builder& b = *parameter.builder;
    b.assign(parameter, rate * sum(gradient));
  }
};

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<20>("x")), bottleneck(dense<3>("code")), decoder(dense<20>("out")));
  static constexpr auto training = train(model, mean_squared_error, Mine{});
};

static_assert(isthmus::check<Bad>);
