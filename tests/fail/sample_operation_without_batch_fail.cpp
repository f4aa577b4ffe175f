// expect: operands_have_different_shapes<.*layer<.*"enc".*batch_of_shape<8, 6, 2>.*shape<7, 5, 2>
// A shape of samples starts with the batch.
#include <isthmus/declare.hpp>
#include <isthmus/plan/stages.hpp>

using namespace isthmus;

inline constexpr RowOperation operation{.name = "weigh",
                                        .whole_samples = true,
                                        .kernel = [](const RowCall&) noexcept {},
                                        .shape = [](const Shape*) { return shape_of(7, 5, 2); },
                                        .gradient = [](const Derivative& d, int) { return d.g; }};
constexpr Tensor weigh(Tensor x) { return x.builder->over_rows(operation, {x, {}, {}}); }

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<8, 6, 1>("x"), conv2d<2, 3>("enc"), weigh, flatten), bottleneck(dense<3>("code")),
                  decoder(dense<48>("out"), to_shape<8, 6, 1>));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

static_assert(isthmus::check<Bad>);
