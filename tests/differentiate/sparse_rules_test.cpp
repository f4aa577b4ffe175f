// Gradients of what is kept of rows, against central differences.
#include <isthmus/declare/sparse.hpp>

#include "differentiate/check.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr double bound = 1e-4;

constexpr auto kept = [](Builder& b) { return weighted(top_k<3>(b.input("x", shape_of(batch, 7)))); };
constexpr auto named = [](Builder& b) { return weighted(sparse_top_k<3>(b.input("x", shape_of(batch, 7)))); };
constexpr auto multiplied = [](Builder& b) {
  const Tensor row = top_k<2>(b.input("x", shape_of(batch, 6)));
  return weighted(square(matmul(row, b.parameter("w", shape_of(6, 4)))));
};
/// Values and columns of two rows; the columns have no gradient.
constexpr auto moved = [](Builder& b) {
  const Tensor where = b.top_k(b.input("x", shape_of(batch, 7)), 2);
  const Tensor values = b.input("values", shape_of(batch, 4));
  return weighted(square(b.sparse_scatter(values, where, 7))) +
         weighted(square(b.sparse_gather(b.input("y", shape_of(batch, 7)), where)));
};
/// Of one row for all samples, at two columns for each.
constexpr auto from_one_row = [](Builder& b) {
  const Tensor where = b.top_k(b.input("x", shape_of(batch, 7)), 2);
  return weighted(square(b.sparse_gather(b.parameter("row", shape_of(7)), where)));
};
constexpr auto all = [](Builder& b) { return weighted(square(top_k<5>(b.input("x", shape_of(batch, 5))))); };

static_assert(gradients_have_shapes(kept) && gradients_have_shapes(named) && gradients_have_shapes(multiplied) &&
              gradients_have_shapes(moved) && gradients_have_shapes(all) && gradients_have_shapes(from_one_row));
static_assert(second_gradients_have_shapes(multiplied));

}  // namespace

TEST_CASE("the gradient goes to what top_k keeps") {
  CHECK(first_order_error(kept, Range::distinct) < bound);
  CHECK(first_order_error(named, Range::distinct) < bound);
  CHECK(first_order_error(all, Range::distinct) < bound);
}

TEST_CASE("gradients of products with what top_k keeps, and of their gradients") {
  CHECK(first_order_error(multiplied, Range::distinct) < bound);
  CHECK(second_order_error(multiplied, Range::distinct) < bound);
}

TEST_CASE("values are moved to columns and back") {
  CHECK(first_order_error(moved, Range::distinct) < bound);
  CHECK(first_order_error(from_one_row, Range::distinct) < bound);
}
