// expect: this_layer_takes_a_row_of_values<.*layer<.*"enc".*shape<8, 6, 1>
// An image of one channel has no rows; `.whole_samples = true` was forgotten.
#include <isthmus/declare.hpp>
#include <isthmus/plan/stages.hpp>

using namespace isthmus;

inline constexpr RowOperation operation{.name = "weigh",
                                        .kernel = [](const RowCall&) noexcept {},
                                        .gradient = [](const Derivative& d, int) { return d.g; }};
constexpr Tensor weigh(Tensor x) { return x.builder->over_rows(operation, {x, {}, {}}); }

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<8, 6, 1>("x"), conv2d<1, 3>("enc"), weigh, flatten), bottleneck(dense<3>("code")),
                  decoder(dense<48>("out"), to_shape<8, 6, 1>));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

static_assert(isthmus::check<Bad>);
