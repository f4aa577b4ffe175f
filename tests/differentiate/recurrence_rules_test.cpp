// Gradients of recurrences in their projections, weights and bias, against central differences.
#include <isthmus/declare/recurrent.hpp>

#include "differentiate/check.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr double bound = 1e-4;

template <RecurrentCell cell, int steps, int units, bool reversed, bool has_bias>
constexpr Tensor write_recurrence(Builder& b) {
  constexpr int columns = facts_of(cell).gates * units;
  const Tensor p = b.input("p", shape_of(batch, steps, columns)), u = b.parameter("u", shape_of(units, columns));
  const Tensor bias = has_bias ? b.parameter("b", shape_of(columns)) : Tensor{};
  const Tensor states = b.recurrence(cell, p, u, bias, reversed);
  return weighted(square(states) + states);
}

template <RecurrentCell cell, int steps, int units, bool reversed, bool has_bias>
constexpr auto recurring = [](Builder& b) { return write_recurrence<cell, steps, units, reversed, has_bias>(b); };

constexpr auto lstm_of_words = [](Scope& scope) { return weighted(lstm<3>("a")(scope.input<4, 2>("x")) | last); };

static_assert(gradients_have_shapes(recurring<RecurrentCell::lstm, 3, 2, false, false>));
static_assert(gradients_have_shapes(recurring<RecurrentCell::gru, 3, 2, true, true>));

constexpr bool has_no_second_gradient() {
  Builder b;
  const Tensor loss = write_recurrence<RecurrentCell::lstm, 2, 2, false, false>(b);
  differentiate::gradients(squared_gradients(loss, sources_of(b)), sources_of(b));
  return b.diagnostic().mistake == Mistake::operation_without_gradient &&
         same_text(b.diagnostic().layer, "gradient_of_a_recurrence");
}
static_assert(has_no_second_gradient());

/// Cells and layers that write to a Scope, a Builder of layers.
template <class Write>
double error_of_layers(Write write) {
  Scope b;
  const Tensor loss = write(b);
  const std::vector<Tensor> sources = sources_of(b);
  const std::vector<Tensor> gradient = differentiate::gradients(loss, sources);
  if (b.diagnostic()) return 1e300;
  return gradient_error(b.view(), loss, sources, gradient, Range::signed_values, 2);
}

}  // namespace

TEST_CASE("gradients of recurrences in both directions, with and without a bias of their products") {
  constexpr RecurrentCell lstm_cell = RecurrentCell::lstm, gru_cell = RecurrentCell::gru;
  CHECK(first_order_error(recurring<lstm_cell, 4, 3, false, false>, Range::signed_values) < bound);
  CHECK(first_order_error(recurring<lstm_cell, 4, 3, true, true>, Range::signed_values) < bound);
  CHECK(first_order_error(recurring<lstm_cell, 1, 2, false, true>, Range::signed_values) < bound);
  CHECK(first_order_error(recurring<gru_cell, 4, 3, false, true>, Range::signed_values) < bound);
  CHECK(first_order_error(recurring<gru_cell, 4, 3, true, false>, Range::signed_values) < bound);
  CHECK(first_order_error(recurring<gru_cell, 1, 2, false, true>, Range::signed_values) < bound);
}

TEST_CASE("gradients of layers of cells, of the last step, and of rows that are repeated") {
  CHECK(error_of_layers(lstm_of_words) < bound);
  CHECK(error_of_layers([](Scope& b) { return weighted(bidirectional(gru<2>("a"))(b.input<3, 2>("x"))); }) <
        bound);
  CHECK(error_of_layers([](Scope& b) {
          const Tensor row = dense<3>("row")(b.input<2>("x"));
          return weighted(square(lstm<2>("a")(repeat<3>(row))));
        }) < bound);
}
