// expect: the_gradient_of_an_operation_has_another_shape_than_its_operand<.*operation<.*"half".*shape<8>.*shape<16>
// The gradient of the first half is not the half of the gradient: it is zero in the other one.
#include <isthmus/declare.hpp>
#include <isthmus/plan/stages.hpp>

using namespace isthmus;

inline constexpr RowOperation half{.name = "half",
                                   .kernel = [](const RowCall&) noexcept {},
                                   .columns = [](const int* of) { return of[0] / 2; },
                                   .gradient = [](const Derivative& d, int) { return d.g; }};
constexpr Tensor first_half(Tensor x) { return x.builder->over_rows(half, {x, {}, {}}); }

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<20>("x"), dense<16>("enc") | first_half),
                                            bottleneck(dense<3>("code")), decoder(dense<20>("out")));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

static_assert(isthmus::check<Bad>);
