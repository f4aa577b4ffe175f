// Layers by name, in the compiler.
#include "../../graphs/dense.hpp"
#include "declare/mistakes.hpp"
#include "support/catch.hpp"

using namespace isthmus;

static_assert(width_of<graphs::Dense, "image">() == 784);
static_assert(width_of<graphs::Dense, "enc1">() == 512 && width_of<graphs::Dense, "dec3">() == 784);
static_assert(declare::lookup_diagnostic<graphs::Dense, "enc9">.mistake == Mistake::unknown_name);

TEST_CASE("a layer's width by its name; an unknown name is a mistake with the model's ends") {
  CHECK(width_of<graphs::Dense, "code">() == 10);
  const Diagnostic found = declare::lookup_diagnostic<graphs::Dense, "dec">;
  CHECK(testing::is(found, Mistake::unknown_name, "dec", shape_of(batch, 784), shape_of(batch, 10)));
}
