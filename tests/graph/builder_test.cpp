// Shapes that the builder infers, and the mistakes that it records.
#include <isthmus/builder.hpp>

#include "support/catch.hpp"

#include <string>

using namespace isthmus;

namespace {

template <class Write>
constexpr Shape shape_after(Write write) {
  Builder b;
  const Tensor result = write(b, b.input("x", shape_of(batch, 5)));
  return b.diagnostic() ? shape_of(-99) : result.shape();
}
// NOLINTBEGIN: one line per rule.
static_assert(shape_after([](Builder&, Tensor x) { return exp(x); }) == shape_of(batch, 5));
static_assert(shape_after([](Builder& b, Tensor x) { return x + b.parameter("b", shape_of(5)); }) ==
              shape_of(batch, 5));
static_assert(shape_after([](Builder&, Tensor x) { return 2.0f / x; }) == shape_of(batch, 5));
static_assert(shape_after([](Builder& b, Tensor x) { return select(greater(x, 0.0f), b.constant(1), x); }) ==
              shape_of(batch, 5));
static_assert(shape_after([](Builder& b, Tensor x) { return matmul(x, b.parameter("w", shape_of(5, 3))); }) ==
              shape_of(batch, 3));
static_assert(shape_after([](Builder& b, Tensor x) {
                return matmul(x, b.parameter("w", shape_of(3, 5)), false, true);
              }) == shape_of(batch, 3));
static_assert(shape_after([](Builder&, Tensor x) { return matmul(x, x, true, false); }) == shape_of(5, 5));
static_assert(shape_after([](Builder& b, Tensor) { return transpose(b.parameter("w", shape_of(3, 7))); }) ==
              shape_of(7, 3));
static_assert(shape_after([](Builder&, Tensor x) { return sum(x); }) == Shape{});
static_assert(shape_after([](Builder&, Tensor x) { return mean(x); }) == Shape{});
static_assert(shape_after([](Builder&, Tensor x) { return mean_over_batch(x); }) == Shape{});
static_assert(shape_after([](Builder& b, Tensor x) { return b.bottleneck(x); }) == shape_of(batch, 5));
// NOLINTEND

template <class Write>
constexpr Diagnostic mistake_in(Write write) {
  Builder b;
  b.in_layer("here");
  write(b);
  return b.diagnostic();
}
constexpr bool is(const Diagnostic& found, Mistake mistake, Shape first, Shape second) {
  return found.mistake == mistake && same_text(found.layer, "here") && found.first == first &&
         found.second == second;
}
constexpr auto sums_differ = [](Builder& b) {
  b.input("x", shape_of(batch, 5)) + b.input("y", shape_of(batch, 3));
};
constexpr auto inner_differ = [](Builder& b) {
  matmul(b.input("x", shape_of(batch, 5)), b.input("w", shape_of(3, 5)));
};
constexpr auto flag_differs = [](Builder& b) {
  matmul(b.input("x", shape_of(4, 5)), b.input("w", shape_of(5, 3)), true);
};
constexpr auto no_matrix = [](Builder& b) {
  matmul(b.input("x", shape_of(batch, 2, 5, 1)), b.input("w", shape_of(5, 3)));
};
constexpr auto a_matrix_for_each_sample_twice = [](Builder& b) {
  const Tensor x = b.input("x", shape_of(batch, 2, 2));
  matmul(x, x);
};
constexpr auto rows_differ = [](Builder& b) {
  matmul(b.input("x", shape_of(batch, 4, 5)), b.input("y", shape_of(batch, 3, 5)), true);
};
// The samples of a batch are rows and never columns.
constexpr auto batch_columns = [](Builder& b) {
  const Tensor x = b.input("x", shape_of(batch, 5));
  matmul(x, x, false, true);
};
constexpr auto batch_turned = [](Builder& b) { transpose(b.input("x", shape_of(batch, 5))); };
constexpr auto select_differs = [](Builder& b) {
  select(b.input("c", shape_of(2)), b.input("x", shape_of(3)), b.constant(0));
};
static_assert(is(mistake_in(sums_differ), Mistake::shapes_differ, shape_of(batch, 5), shape_of(batch, 3)));
static_assert(is(mistake_in(inner_differ), Mistake::inner_sizes_differ, shape_of(batch, 5), shape_of(3, 5)));
static_assert(is(mistake_in(flag_differs), Mistake::inner_sizes_differ, shape_of(4, 5), shape_of(5, 3)));
static_assert(is(mistake_in(no_matrix), Mistake::not_a_matrix, shape_of(batch, 2, 5, 1), {}));
static_assert(is(mistake_in(a_matrix_for_each_sample_twice), Mistake::not_a_matrix, shape_of(batch, 2, 2), {}));
static_assert(is(mistake_in(rows_differ), Mistake::inner_sizes_differ, shape_of(batch, 4, 5),
                 shape_of(batch, 3, 5)));
static_assert(is(mistake_in(batch_columns), Mistake::batch_becomes_columns, shape_of(batch, 5), {}));
static_assert(is(mistake_in(batch_turned), Mistake::batch_becomes_columns, shape_of(batch, 5), {}));
static_assert(is(mistake_in(select_differs), Mistake::shapes_differ, shape_of(2), shape_of(3)));

}  // namespace

TEST_CASE("mistakes are recorded with the layer and both shapes") {
  CHECK(is(mistake_in(sums_differ), Mistake::shapes_differ, shape_of(batch, 5), shape_of(batch, 3)));
  CHECK(is(mistake_in(inner_differ), Mistake::inner_sizes_differ, shape_of(batch, 5), shape_of(3, 5)));
  CHECK(is(mistake_in(flag_differs), Mistake::inner_sizes_differ, shape_of(4, 5), shape_of(5, 3)));
  CHECK(is(mistake_in(select_differs), Mistake::shapes_differ, shape_of(2), shape_of(3)));
}

TEST_CASE("the first mistake stays") {
  Builder b;
  b.in_layer("here");
  sums_differ(b);
  b.in_layer("later");
  inner_differ(b);
  CHECK(is(b.diagnostic(), Mistake::shapes_differ, shape_of(batch, 5), shape_of(batch, 3)));
}

TEST_CASE("tensors of two graphs do not mix") {
  constexpr auto mixed = [] {
    Builder a, b;
    const Tensor x = a.input("x", shape_of(2)), y = b.input("y", shape_of(3));
    x + y;
    return a.diagnostic().mistake == Mistake::tensors_of_two_graphs && a.view()[a.size() - 1].inputs[1] < a.size();
  };
  static_assert(mixed());
  CHECK(mixed());
}

TEST_CASE("a broadcast or a sum to the same shape writes nothing") {
  Builder b;
  const Tensor x = b.input("x", shape_of(batch, 5));
  CHECK(b.broadcast(x, shape_of(batch, 5)).id == x.id);
  CHECK(b.sum_to(x, shape_of(batch, 5)).id == x.id);
  CHECK(b.sum_to(x, shape_of(5)).id != x.id);
}

TEST_CASE("labels: layers, parts and moments") {
  Builder b;
  b.in_layer("enc1");
  const Tensor w = b.parameter("weight", shape_of(3), Initializer::constant, 0.5f);
  const Tensor m = b.state(w, "m");
  const Tensor y = exp(w);
  b.in_layer("enc2");
  const Node assign = b.assign(w, y).node();
  CHECK(w.node().label == Label{"enc1", "weight", ""});
  CHECK(m.node().label == Label{"enc1", "weight", "m"});
  CHECK(y.node().label == Label{"enc1", "", ""});
  CHECK(assign.label == Label{"enc1", "weight", ""});
  CHECK(w.node().value == 0.5f);
  CHECK(w.node().initializer == &Initializer::constant);
}

TEST_CASE("a builder goes on with a graph") {
  Builder first;
  first.input("x", shape_of(batch, 5));
  Builder second(first.view());
  second.output(exp(second.tensor(0)), "y");
  CHECK(first.size() == 1);
  CHECK(second.size() == 3);
}
