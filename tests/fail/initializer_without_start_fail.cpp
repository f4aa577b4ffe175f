// expect: an_initializer_needs_a_name_and_a_start<.*initializer<.*"mine"
#include <isthmus/declare.hpp>
#include <isthmus/plan/stages.hpp>

using namespace isthmus;

inline constexpr Initializer mine{.name = "mine"};

struct Bad {
  static constexpr auto model = autoencoder(
      encoder(input<20>("x")), bottleneck(dense<3>("code", weights_by(mine))), decoder(dense<20>("out")));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

static_assert(isthmus::check<Bad>);
