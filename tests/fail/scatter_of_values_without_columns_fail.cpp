// expect: a_sparse_row_has_as_many_columns_as_values<.*"code".*shape<5>.*shape<5>
// A row of values alone: sparse_top_k is missing.
#include <isthmus/declare.hpp>
#include <isthmus/plan/stages.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<20>("x")), bottleneck(dense<5>("code")), decoder(scatter<48>, dense<20>("out")));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

static_assert(isthmus::check<Bad>);
