// What is there in training, in evaluation, and in use.
#include <isthmus/plan/rewrites.hpp>

#include "plan/small_images.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr auto moody = [](Builder&, Tensor x) {
  return (masking_noise(0.5f) | dropout(0.25f) | batch_norm("bn", 0.5f))(x);
};
constexpr Graph resolved(bool with_loss, bool trains) {
  return plan::resolve_modes(written(moody), with_loss, trains);
}
static_assert(operations(written(moody), Op::by_mode) == 3 &&
              operations(written(moody), Op::assign) == 2);
static_assert(operations(resolved(true, true), Op::by_mode) == 0 &&
              operations(resolved(false, false), Op::by_mode) == 0);
// In training everything, in evaluation the corruption, in use nothing.
static_assert(operations(resolved(true, true), Op::random) == 2 &&
              operations(resolved(true, true), Op::assign) == 2);
static_assert(operations(resolved(true, false), Op::random) == 1 &&
              operations(resolved(true, false), Op::assign) == 0);
static_assert(operations(resolved(false, false), Op::random) == 0 &&
              operations(resolved(false, false), Op::assign) == 0);
static_assert(operations(resolved(true, true), Op::sum_to) == 2 &&
              operations(resolved(true, false), Op::sum_to) == 0);

}  // namespace

TEST_CASE("modes are resolved as the program needs them") {
  CHECK(operations(resolved(true, true), Op::random) == 2);
  const Graph graph = written(moody);
  // With every mode on, by_mode is its first operand, which is what the reference takes.
  CHECK(difference(meaning_of(resolved(true, true), 3), meaning_of(graph, 3)) == 0);
  CHECK(difference(meaning_of(resolved(true, false), 3), meaning_of(graph, 3)) > 1e-3);
  CHECK(difference(meaning_of(resolved(true, false), 3), meaning_of(resolved(false, false), 3)) > 1e-3);
}
