// The words for values that move: shapes, and mistakes with the layer's name.
#include <isthmus/declare.hpp>

#include "declare/mistakes.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

/// The shape that a layer gives, of one sample of these extents.
template <int... Dims, class L>
constexpr Shape shape_from(L layer) {
  Scope scope;
  const Shape shape = layer(scope.input<Dims...>("x")).shape();
  return scope.diagnostic() ? Shape{} : shape;
}
template <int... Dims, class L>
constexpr Diagnostic mistake_from(L layer) {
  Scope scope;
  layer(scope.input<Dims...>("x"));
  return scope.diagnostic();
}

constexpr bool parts_have_their_shapes() {
  return shape_from<9>(slice<2, 5>) == shape_of(batch, 3) &&
         shape_from<4, 9>(slice<0, 1, 4>) == shape_of(batch, 3, 9) &&
         shape_from<4, 9>(slice<8, 9>) == shape_of(batch, 4, 1) &&
         shape_from<4, 5, 6>(slice<1, 0, 2>) == shape_of(batch, 4, 2, 6) &&
         shape_from<4, 5, 6, 7>(slice<2, 1, 4>) == shape_of(batch, 4, 5, 3, 7) &&
         shape_from<2, 4, 5, 6, 7>(slice<3, 5>) == shape_of(batch, 2, 4, 5, 6, 2);
}
static_assert(parts_have_their_shapes());

constexpr bool borders_have_their_shapes() {
  return shape_from<9>(pad(2)) == shape_of(batch, 13) && shape_from<9>(crop(0, 0, 1, 3)) == shape_of(batch, 5) &&
         shape_from<4, 5, 6>(pad(1)) == shape_of(batch, 6, 7, 6) &&
         shape_from<4, 5, 6>(pad(1, 2)) == shape_of(batch, 6, 9, 6) &&
         shape_from<4, 5, 6>(crop(1, 0, 2, 1)) == shape_of(batch, 3, 2, 6) &&
         shape_from<4, 5, 6>(pad(-1, 0, 0, 2)) == shape_of(batch, 3, 7, 6) &&
         shape_from<4, 5, 6>(pad(0)) == shape_of(batch, 4, 5, 6) &&
         shape_from<9, 2>(pad(2)) == shape_of(batch, 13, 2) &&
         shape_from<9, 2>(crop(0, 0, 1, 3)) == shape_of(batch, 5, 2) &&
         shape_from<3, 4, 5, 6>(pad(1)) == shape_of(batch, 5, 6, 7, 6) &&
         shape_from<3, 4, 5, 6>(crop(1, 2)) == shape_of(batch, 3, 2, 1, 6) &&
         shape_from<3, 4, 5, 6>(crop(1, 0, 0, 1, 2, 0)) == shape_of(batch, 2, 3, 3, 6);
}
static_assert(borders_have_their_shapes());

constexpr bool orders_have_their_shapes() {
  return shape_from<4, 5>(permute<1, 0>) == shape_of(batch, 5, 4) &&
         shape_from<4, 5, 6>(permute<2, 0, 1>) == shape_of(batch, 6, 4, 5) &&
         shape_from<4, 5, 6, 7>(permute<3, 0, 1, 2>) == shape_of(batch, 7, 4, 5, 6) &&
         shape_from<2, 3, 4, 5, 6>(permute<4, 2, 0, 3, 1>) == shape_of(batch, 6, 4, 2, 5, 3);
}
static_assert(orders_have_their_shapes());

constexpr bool joined_have_their_shapes() {
  Scope g;
  const Tensor x = g.input<4>("x"), y = g.condition<3>("y"), image = g.input<2, 3, 5>("image"),
               volume = g.input<2, 3, 4, 5>("volume");
  const bool good = concat(x, y).shape() == shape_of(batch, 7) &&
                    concat(x, y, x, x, y).shape() == shape_of(batch, 18) &&
                    concat<0>(image, image).shape() == shape_of(batch, 4, 3, 5) &&
                    concat(image, image, image).shape() == shape_of(batch, 2, 3, 15) &&
                    concat<1>(volume, volume).shape() == shape_of(batch, 2, 6, 4, 5);
  return good && !g.diagnostic();
}
static_assert(joined_have_their_shapes());

constexpr bool mistakes_are_found() {
  return is(mistake_from<9>(slice<2, 10>), Mistake::slice_outside, "x", shape_of(batch, 9),
            shape_of(batch, 2, 10)) &&
         is(mistake_from<9>(slice<5, 5>), Mistake::slice_outside, "x", shape_of(batch, 9),
            shape_of(batch, 5, 5)) &&
         is(mistake_from<9>(slice<1, 0, 2>), Mistake::no_such_dimension, "x", shape_of(batch, 9),
            shape_of(batch, 1)) &&
         is(mistake_from<9>(crop(5)), Mistake::size_not_positive, "x", shape_of(batch, -1), shape_of(batch, 9)) &&
         is(mistake_from<2, 3, 4, 5, 6>(pad(1)), Mistake::not_an_image, "x", shape_of(batch, 2, 3, 4, 5, 6),
            shape_of(batch, 1, 1, 6)) &&
         is(mistake_from<3, 4, 5, 6>(crop(2, 0)), Mistake::size_not_positive, "x", shape_of(batch, 3, 0, 5, 6),
            shape_of(batch, 3, 4, 5, 6)) &&
         is(mistake_from<9>(pad(1, 3)), Mistake::not_an_image, "x", shape_of(batch, 9),
            shape_of(batch, 1, 1, 9)) &&
         is(mistake_from<4, 5, 6>(crop(1, 0, 1, 1, 0, 1)), Mistake::not_a_volume, "x", shape_of(batch, 4, 5, 6),
            shape_of(batch, 4, 5, 6, 1)) &&
         is(mistake_from<5, 6, 2>(max_pool<2>(padding(0, 2))), Mistake::pool_sees_nothing, "x",
            shape_of(batch, 2, 2), shape_of(batch, 0, 2)) &&
         is(mistake_from<4, 5>(permute<0, 0>), Mistake::not_a_permutation, "x", shape_of(batch, 4, 5),
            shape_of(batch, 0, 0)) &&
         is(mistake_from<4, 5, 6>(permute<1, 0>), Mistake::not_a_permutation, "x", shape_of(batch, 4, 5, 6),
            shape_of(batch, 1, 0));
}
static_assert(mistakes_are_found());

constexpr Diagnostic joined_wrongly() {
  Scope g;
  const Tensor x = g.input<4, 2>("x");
  concat(x, g.condition<3, 3>("y"));
  return g.diagnostic();
}
static_assert(is(joined_wrongly(), Mistake::shapes_differ, "y", shape_of(batch, 4, 2), shape_of(batch, 3, 3)));

constexpr bool dense_takes_rows_if_told() {
  return shape_from<5, 7>(dense<3>("rows", each_row)) == shape_of(batch, 5, 3) &&
         shape_from<7>(dense<3>("row", each_row)) == shape_of(batch, 3) &&
         is(mistake_from<5, 7>(dense<3>("rows")), Mistake::not_a_row, "rows", shape_of(batch, 5, 7),
            shape_of(batch, 35)) &&
         is(mistake_from<5, 7, 2>(dense<3>("rows", each_row)), Mistake::not_a_row, "rows",
            shape_of(batch, 5, 7, 2), shape_of(batch, 70));
}
static_assert(dense_takes_rows_if_told());

}  // namespace

TEST_CASE("the words for values that move, at run time as in the compiler") {
  CHECK(parts_have_their_shapes());
  CHECK(borders_have_their_shapes());
  CHECK(orders_have_their_shapes());
  CHECK(joined_have_their_shapes());
  CHECK(mistakes_are_found());
  CHECK(dense_takes_rows_if_told());
}
