// expect: an_operation_is_given_more_operands_than_it_has<.*operation<.*"weigh"
// `.operands = 2` was forgotten.
#include <isthmus/declare.hpp>
#include <isthmus/plan/stages.hpp>

using namespace isthmus;

inline constexpr RowOperation operation{.name = "weigh",
                                        .kernel = [](const RowCall&) noexcept {},
                                        .gradient = [](const Derivative& d, int) { return d.g; }};
constexpr Tensor weigh(Tensor x) { return x.builder->over_rows(operation, {x, x, {}}); }

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<20>("x"), dense<16>("enc") | weigh),
                                            bottleneck(dense<3>("code")), decoder(dense<20>("out")));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

static_assert(isthmus::check<Bad>);
