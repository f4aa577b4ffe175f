// A row that is 1 in one column: in every place of a group, and where a group needs it in memory.
#include <isthmus/builder.hpp>
#include <isthmus/plan/fuse.hpp>
#include <isthmus/plan/simplify.hpp>

#include "plan/meaning.hpp"
#include "plan/sound.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

/// The graph with the output `y` means the same after each pass.
template <class Write>
void check(Write write) {
  Builder b;
  b.output(write(b), "y");
  REQUIRE_FALSE(b.diagnostic());
  for (const int samples : {1, 3}) {
    INFO("samples " << samples);
    const Meaning expected = meaning_of(b.view(), samples);
    const Graph simple = plan::simplify(b.view());
    CHECK(difference(meaning_of(simple, samples), expected) < 1e-12);
    const Graph legal = plan::legalize(simple);
    CHECK(difference(meaning_of(legal, samples), expected) < 1e-12);
    const plan::PlanBuilder made = plan::fuse(legal);
    CHECK(is_sound(view(made)));
    CHECK(difference(meaning_of(view(made), samples), expected) < 1e-12);
  }
}
constexpr int widths[] = {1, 3, 16, 17, 33};

}  // namespace

TEST_CASE("one hot: beside the rows of a batch, in each column") {
  for (const int width : widths)
    for (const int column : {0, width / 2, width - 1}) {
      INFO(width << " columns, column " << column);
      check([=](Builder& b) { return b.input("x", shape_of(batch, width)) * b.one_hot(width, column); });
      check([=](Builder& b) { return exp(b.one_hot(width, column)) + b.input("x", shape_of(batch, width)); });
      check([=](Builder& b) { return b.broadcast(b.one_hot(width, column), shape_of(batch, width)); });
      check([=](Builder& b) { return b.parameter("p", shape_of(5, width)) - b.one_hot(width, column); });
    }
}

TEST_CASE("one hot: a width of 1 beside any other") {
  check([](Builder& b) { return b.input("x", shape_of(batch, 5)) + b.one_hot(1, 0); });
  check([](Builder& b) { return b.input("x", shape_of(batch, 3, 4, 1)) * b.one_hot(1, 0); });
  check([](Builder& b) { return b.input("x", shape_of(batch, 1)) * b.one_hot(7, 2); });
}

TEST_CASE("one hot: beside the channels of an image") {
  check([](Builder& b) { return b.input("x", shape_of(batch, 3, 4, 5)) * b.one_hot(5, 3); });
}

TEST_CASE("one hot: summed, as it is and repeated") {
  for (const int width : widths) {
    INFO(width << " columns");
    check([=](Builder& b) { return b.input("x", shape_of(batch, 2)) * sum(b.one_hot(width, width - 1)); });
    check([=](Builder& b) {
      const Tensor all = b.broadcast(b.one_hot(width, 0), shape_of(batch, width));
      return b.input("x", shape_of(batch, width)) + b.sum_to(all, shape_of(width));
    });
    check([=](Builder& b) {
      const Tensor x = b.input("x", shape_of(batch, width));
      return x - sum(x * b.one_hot(width, width / 2));
    });
  }
}

TEST_CASE("one hot: reshaped, then multiplied") {
  // The gradient of one value of a code that was an image has this form.
  check([](Builder& b) {
    const Tensor all = b.broadcast(b.one_hot(24, 17), shape_of(batch, 24));
    return b.input("x", shape_of(batch, 2, 3, 4)) * reshape(all, shape_of(batch, 2, 3, 4));
  });
  check([](Builder& b) {
    const Tensor all = b.broadcast(b.one_hot(6, 4), shape_of(batch, 6));
    return b.input("x", shape_of(batch, 2, 3, 1)) * reshape(all, shape_of(batch, 2, 3, 1));
  });
  check([](Builder& b) {
    return matmul(b.input("x", shape_of(batch, 2)), reshape(b.one_hot(6, 4), shape_of(2, 3)));
  });
}

TEST_CASE("one hot: in products") {
  check([](Builder& b) {
    const Tensor all = b.broadcast(b.one_hot(5, 2), shape_of(batch, 5));
    return matmul(all, b.parameter("w", shape_of(5, 7)));
  });
  check([](Builder& b) {
    const Tensor all = b.broadcast(b.one_hot(5, 2), shape_of(batch, 5));
    const Tensor x = b.input("x", shape_of(batch, 3));
    return matmul(x, matmul(x, all, true));
  });
  check([](Builder& b) {
    const Tensor turned = transpose(b.broadcast(b.one_hot(5, 2), shape_of(3, 5)));
    return matmul(b.input("x", shape_of(batch, 5)), turned);
  });
}

TEST_CASE("one hot: those of other columns and widths are others") {
  Builder b;
  const Tensor x = b.input("x", shape_of(batch, 5));
  b.output(x * b.one_hot(5, 1) + 2.0f * (x * b.one_hot(5, 2)) + 4.0f * (x * b.one_hot(5, 1)), "y");
  CHECK(count_of(plan::simplify(b.view()), Op::one_hot) == 2);
  check([](Builder& c) {
    const Tensor y = c.input("x", shape_of(batch, 5)) * c.one_hot(5, 1);
    return y + c.one_hot(5, 2) * sum(c.one_hot(3, 1));
  });
}
