// expect: an_operation_over_rows_needs_a_kernel<.*operation<.*"sorted"
// It has no kernel, so nothing computes it.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

inline constexpr RowOperation sorted{.name = "sorted"};
constexpr Tensor sort(Tensor x) { return x.builder->over_rows(sorted, {x, {}, {}}); }

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<20>("x"), dense<16>("enc") | sort),
                                            bottleneck(dense<3>("code")), decoder(dense<20>("out")));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
