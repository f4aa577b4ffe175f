// A plain include, compiled for this unit's own flags, against the programs that are chosen at run time.
#define ISTHMUS_ALLOW_SCALAR
#include <isthmus/isthmus.hpp>

#include "run_room/models.hpp"
#include "support/catch.hpp"
#include "support/numbers.hpp"

using namespace isthmus;
using namespace isthmus::testing;

TEST_CASE("a model compiled by a plain include trains as the linked one does") {
  static_assert(!std::is_same_v<Trainer<Elu, 17>, Trainer<Elu, 17, CompiledHere>>);
  Trainer<Elu, 17> linked(1);
  Trainer<Elu, 17, CompiledHere> here(1);
  const std::vector<float> x = floats(17 * 13, 3, 0, 1);
  for (int i = 0; i < 20; ++i) {
    const double expected = linked.step(x);
    CHECK(relative_error(here.step(x), expected) < 1e-5);
  }
  CHECK(relative_error(here.evaluate(x), linked.evaluate(x)) < 1e-5);
  CHECK(here.arena_bytes() == linked.arena_bytes());
}

TEST_CASE("the arena's size is a constant") {
  static_assert(Trainer<Elu, 17>::arena_size() == arena_bytes<Elu, Role::train, 17>);
  CHECK(Trainer<Elu, 17>(1).arena_bytes() == arena_bytes<Elu, Role::train, 17>);
}
