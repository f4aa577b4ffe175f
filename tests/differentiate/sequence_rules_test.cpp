// The rules of what sequences are computed with, against central differences in double precision.
#include "differentiate/check.hpp"
#include "support/catch.hpp"
#include "support/sequences.hpp"

using namespace isthmus;
using namespace isthmus::testing;

TEST_CASE("first and second derivatives of operations on sequences") {
  for (const Movement& one : sequences) {
    INFO(one.name);
    const auto write = [&](Builder& b) {
      const Tensor y = one.write(b, b.input("x", one.shape));
      return weighted(square(y) * 0.1f + y) * 0.1f;
    };
    CHECK(first_order_error(write, Range::signed_values, 2) < 1e-4);
    CHECK(second_order_error(write, Range::signed_values, 2) < 1e-3);  // differences of differences
  }
}

namespace {

constexpr bool products_have_shapes() {
  Builder b;
  const Tensor x = b.input("x", shape_of(batch, 5, 12)), y = b.input("y", shape_of(batch, 7, 12));
  const Tensor scores = b.batched_matmul(x, y, false, true, 4),
               mixed = b.batched_matmul(scores, y, false, false, 4),
               back = b.batched_matmul(scores, x, true, false, 4);
  return !b.diagnostic() && scores.shape() == shape_of(batch, 20, 7) && mixed.shape() == shape_of(batch, 5, 12) &&
         back.shape() == shape_of(batch, 7, 12) &&
         ops::rule_of(Op::batched_matmul).flops(b.view(), scores.node(), 2) == 2.0 * 2 * 20 * 7 * 3 &&
         ops::rule_of(Op::batched_matmul).flops(b.view(), mixed.node(), 1) == 2.0 * 5 * 12 * 7 &&
         ops::rule_of(Op::batched_matmul).flops(b.view(), back.node(), 1) == 2.0 * 7 * 12 * 5;
}
static_assert(products_have_shapes());

constexpr Mistake mistake_of(Shape x, Shape y, bool transpose_a, bool transpose_b, int heads) {
  Builder b;
  b.batched_matmul(b.input("x", x), b.input("y", y), transpose_a, transpose_b, heads);
  return b.diagnostic().mistake;
}
static_assert(mistake_of(shape_of(batch, 5, 12), shape_of(batch, 7, 12), false, true, 5) ==
              Mistake::heads_do_not_divide);
static_assert(mistake_of(shape_of(batch, 5, 12), shape_of(batch, 7, 12), false, true, 0) ==
              Mistake::heads_do_not_divide);
static_assert(mistake_of(shape_of(batch, 6, 7), shape_of(batch, 7, 9), false, false, 2) ==
              Mistake::heads_do_not_divide);
static_assert(mistake_of(shape_of(batch, 5, 12), shape_of(batch, 7, 10), false, true, 2) ==
              Mistake::inner_sizes_differ);
static_assert(mistake_of(shape_of(batch, 6, 8), shape_of(batch, 7, 10), false, false, 2) ==
              Mistake::inner_sizes_differ);
static_assert(mistake_of(shape_of(batch, 6, 8), shape_of(batch, 4, 10), true, false, 2) ==
              Mistake::inner_sizes_differ);
static_assert(mistake_of(shape_of(batch, 6, 8), shape_of(batch, 8, 10), true, true, 2) ==
              Mistake::inner_sizes_differ);
static_assert(mistake_of(shape_of(batch, 6), shape_of(batch, 6, 10), false, false, 1) == Mistake::not_a_matrix);
static_assert(mistake_of(shape_of(batch, 6, 8), shape_of(8, 10), false, false, 1) == Mistake::not_a_matrix);

}  // namespace

TEST_CASE("batched products: their shapes, costs and mistakes") {
  CHECK(products_have_shapes());
  CHECK(mistake_of(shape_of(batch, 5, 12), shape_of(batch, 7, 10), false, true, 2) == Mistake::inner_sizes_differ);
}
