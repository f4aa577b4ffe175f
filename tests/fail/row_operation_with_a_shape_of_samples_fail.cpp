// expect: columns_are_of_operations_over_rows_and_shape_of_those_over_samples<.*operation<.*"weigh"
// `.whole_samples = true` was forgotten.
#include <isthmus/declare.hpp>
#include <isthmus/plan/stages.hpp>

using namespace isthmus;

inline constexpr RowOperation operation{.name = "weigh",
                                        .kernel = [](const RowCall&) noexcept {},
                                        .shape = [](const Shape* of) { return of[0]; },
                                        .gradient = [](const Derivative& d, int) { return d.g; }};
constexpr Tensor weigh(Tensor x) { return x.builder->over_rows(operation, {x, {}, {}}); }

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<8, 6, 1>("x"), conv2d<2, 3>("enc"), weigh, flatten), bottleneck(dense<3>("code")),
                  decoder(dense<48>("out"), to_shape<8, 6, 1>));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

static_assert(isthmus::check<Bad>);
