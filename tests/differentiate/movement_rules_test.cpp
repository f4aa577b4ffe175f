// The rules of values that move, against central differences in double precision.
#include "differentiate/check.hpp"
#include "support/catch.hpp"
#include "support/movements.hpp"

using namespace isthmus;
using namespace isthmus::testing;

TEST_CASE("the rules of regions, concatenations and permutations") {
  for (const Movement& one : movements) {
    INFO(one.name);
    const auto write = [&](Builder& b) {
      const Tensor y = one.write(b, b.input("x", one.shape));
      return weighted(square(y) + y);
    };
    CHECK(first_order_error(write, Range::signed_values) < 1e-4);
    CHECK(second_order_error(write, Range::signed_values) < 1e-3);  // differences of differences
  }
}

TEST_CASE("the gradient of a part is zero elsewhere, and that of a permutation is in the first order again") {
  Builder b;
  const Tensor x = b.input("x", shape_of(4)), image = b.input("image", shape_of(batch, 2, 1, 3));
  const Tensor part = b.region(x, {1}, shape_of(2)), turned = b.permute(image, {2, 0, 1});
  const auto gradient =
      differentiate::gradients(sum(part * part) + sum(turned * b.input("w", turned.shape())), {x, image});
  reference::Interpreter values(b.view(), 1);
  values[x.id].values = {1, 2, 3, 4};
  values.named("w").values = {1, 2, 3, 4, 5, 6};  // [3, 2, 1]
  values.run();
  CHECK(values[gradient[0].id].values == std::vector<double>{0, 4, 6, 0});
  CHECK(values[gradient[1].id].values == std::vector<double>{1, 3, 5, 2, 4, 6});
}
