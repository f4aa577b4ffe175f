// Shapes, and the small questions that one asks a graph.
#include <isthmus/builder.hpp>
#include <isthmus/graph.hpp>

#include "support/catch.hpp"

#include <stdexcept>

using namespace isthmus;

static_assert(shape_of(3, 5) == shape_of(3, 5) && !(shape_of(3, 5) == shape_of(5, 3)));
static_assert(!(shape_of(5) == shape_of(5, 1)) && Shape{} == shape_of());
static_assert(shape_of(batch, 5).has_batch() && !shape_of(5).has_batch() && !Shape{}.has_batch());
static_assert(shape_of(batch, 3, 5).elements_per_sample() == 15 && shape_of(3, 5).elements_per_sample() == 15);
static_assert(Shape{}.elements_per_sample() == 1 && shape_of(batch).elements_per_sample() == 1);
static_assert(shape_of(40000, 40000, 4).elements_per_sample() == 6'400'000'000);
// The matrix that kernels see.
static_assert(shape_of(batch, 5).rows_per_sample() == 1 && shape_of(batch, 5).columns() == 5);
static_assert(shape_of(batch, 2, 3, 5).rows_per_sample() == 6 && shape_of(batch, 2, 3, 5).columns() == 5);
static_assert(shape_of(7).rows_per_sample() == 1 && shape_of(7).columns() == 7);
static_assert(shape_of(batch).rows_per_sample() == 1 && shape_of(batch).columns() == 1);
static_assert(Shape{}.rows_per_sample() == 1 && Shape{}.columns() == 1);

static_assert(is_leaf(Op::input) && is_leaf(Op::host_scalar) && !is_leaf(Op::elementwise));
static_assert(is_sink(Op::output) && is_sink(Op::assign) && !is_sink(Op::bottleneck));
static_assert(same_text("enc1", "enc1") && !same_text("enc1", "enc10") && !same_text("a", "") &&
              same_text("", ""));
static_assert(Label{"a", "b", "c"} == Label{"a", "b", "c"} && !(Label{"a", "b"} == Label{"a", "c"}));

static_assert(Attribute(Mode::sampling).as<Mode>() == Mode::sampling && Attribute(Bucket{7}).number() == 7);
static_assert(Attribute(Bucket{1}) == Attribute(Bucket{1}) && Attribute(Bucket{1}) != Attribute(Bucket{2}));
static_assert(Attribute(Bucket{1}) != Attribute(GradientParts{1}) && Attribute(Bucket{0}) != Attribute());

namespace {

struct Broadcast {
  Shape a, b, result;
  bool fits;
};
constexpr Broadcast cases[] = {
    {shape_of(3, 5), shape_of(3, 5), shape_of(3, 5), true},
    {shape_of(batch, 5), shape_of(5), shape_of(batch, 5), true},
    {{}, shape_of(batch, 5), shape_of(batch, 5), true},
    {{}, {}, {}, true},
    {shape_of(3, 1), shape_of(1, 5), shape_of(3, 5), true},
    {shape_of(batch, 1), shape_of(5), shape_of(batch, 5), true},
    {shape_of(1), shape_of(2, 3, 5), shape_of(2, 3, 5), true},
    {shape_of(2, 1, 5), shape_of(3, 1), shape_of(2, 3, 5), true},
    {shape_of(batch, 5), shape_of(1, 5), shape_of(batch, 5), true},
    {shape_of(3), shape_of(5), {}, false},
    {shape_of(batch, 5), shape_of(3, 5), {}, false},
    {shape_of(3, 5), shape_of(3), {}, false},
};
constexpr bool holds(const Broadcast& one) {
  for (const bool swapped : {false, true}) {
    bool fits = true;
    const Shape found = swapped ? broadcast_shape(one.b, one.a, fits) : broadcast_shape(one.a, one.b, fits);
    if (fits != one.fits || (fits && !(found == one.result))) return false;
  }
  return true;
}
constexpr bool all_hold() {
  for (const Broadcast& one : cases)
    if (!holds(one)) return false;
  return true;
}
static_assert(all_hold());

}  // namespace

TEST_CASE("shapes broadcast by NumPy's rule, both ways round") {
  for (const Broadcast& one : cases) {
    INFO("case " << (&one - cases));
    CHECK(holds(one));
  }
}

TEST_CASE("find_only and parameter_count") {
  constexpr auto check = [] {
    Builder b;
    b.parameter("w", shape_of(3, 5));
    b.input("x", shape_of(batch, 7));
    b.parameter("b", shape_of(5));
    int count = 0;
    bool good = find_only(b.view(), Op::parameter, count) == 0 && count == 2;
    good = good && find_only(b.view(), Op::input, count) == 1 && count == 1;
    return good && find_only(b.view(), Op::output, count) == -1 && count == 0 && parameter_count(b.view()) == 20;
  };
  static_assert(check());
  CHECK(check());
}

TEST_CASE("a static graph is the graph") {
  static constexpr auto fixed = [] {
    Builder b;
    b.output(exp(b.input("x", shape_of(batch, 7))), "y");
    return StaticGraph<8>(b.view());
  }();
  static_assert(fixed.size == 3);
  const GraphView view = fixed;
  CHECK(view.size == 3);
  CHECK(view[1].function == &ops::exp);
  CHECK(view.end() - view.begin() == 3);
}

TEST_CASE("an attribute is of one type, and is not read as another's") {
  const Attribute mode = Mode::training;
  CHECK(mode.as<Mode>() == Mode::training);
  CHECK_THROWS_AS(mode.as<Resampling>(), std::logic_error);
  CHECK_THROWS_AS(mode.as<Bucket>(), std::logic_error);
  CHECK_THROWS_AS(Attribute().as<Mode>(), std::logic_error);
}
