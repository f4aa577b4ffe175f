// The parts of a model that exist in training, in evaluation, and in inference.
#include <isthmus/declare.hpp>
#include <isthmus/plan/stages.hpp>

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
static_assert(operations(written(moody), Op::by_mode) == 3 && operations(written(moody), Op::assign) == 2);
static_assert(operations(resolved(true, true), Op::by_mode) == 0 &&
              operations(resolved(false, false), Op::by_mode) == 0);
static_assert(plan::has_mode(written(moody), Mode::corruption) && plan::has_mode(written(moody), Mode::training) &&
              !plan::has_mode(written(moody), Mode::sampling));
static_assert(!plan::has_mode(resolved(true, true), Mode::corruption));
// In training everything, in evaluation the corruption, in use nothing.
static_assert(operations(resolved(true, true), Op::random) == 2 &&
              operations(resolved(true, true), Op::assign) == 2);
static_assert(operations(resolved(true, false), Op::random) == 1 &&
              operations(resolved(true, false), Op::assign) == 0);
static_assert(operations(resolved(false, false), Op::random) == 0 &&
              operations(resolved(false, false), Op::assign) == 0);
static_assert(operations(resolved(true, true), Op::sum_to) == 2 &&
              operations(resolved(true, false), Op::sum_to) == 0);

constexpr auto drawn = [](Builder&, Tensor x) { return reparameterize(x, conv2d<3, 1>(x, "log_var")); };
constexpr Graph drawn_resolved(bool with_loss, bool trains) {
  return plan::resolve_modes(written(drawn), with_loss, trains);
}
// A code is drawn wherever there is a loss.
static_assert(operations(drawn_resolved(true, true), Op::random) == 1 &&
              operations(drawn_resolved(true, false), Op::random) == 1 &&
              operations(drawn_resolved(false, false), Op::random) == 0);
static_assert(operations(drawn_resolved(false, false), Op::by_mode) == 0 &&
              operations(drawn_resolved(false, false), ops::exp) == 0 &&
              operations(drawn_resolved(false, false), Op::side_output) == 1);

struct Variational {
  static constexpr auto model = graph([](Scope& g) {
    auto h = (gaussian_noise(0.1f) | dropout(0.5f))(dense<6>(masking_noise(0.5f)(g.input<7>("x")), "h"));
    auto mu = dense<3>(h, "mu");
    auto log_var = dense<3>(h, "log_var");
    return dense<7>(bottleneck(reparameterize(mu, log_var)), "out");
  });
  static constexpr auto training = train(model, gaussian + gaussian_kl("mu", "log_var"), sgd{});
};
template <Role role>
constexpr int draws = operations(plan::source_graph<Variational, role>().graph(), Op::random);
// Two corruptions and the code; dropout as well; the data's corruption alone.
static_assert(draws<Role::train> == 4 && draws<Role::evaluate> == 3 && draws<Role::corrupt> == 1);
static_assert(draws<Role::reconstruct> == 0 && draws<Role::encode> == 0 && draws<Role::decode> == 0);

}  // namespace

TEST_CASE("codes are drawn in training and in evaluation, and in no use") {
  CHECK(operations(drawn_resolved(true, false), Op::random) == 1);
  CHECK(operations(drawn_resolved(false, false), Op::random) == 0);
  CHECK(draws<Role::train> == 4);
  CHECK(draws<Role::encode> == 0);
}

TEST_CASE("modes are resolved as the program needs them") {
  CHECK(operations(resolved(true, true), Op::random) == 2);
  const Graph graph = written(moody);
  // With every mode on, by_mode is its first operand, which is what the reference takes.
  CHECK(difference(meaning_of(resolved(true, true), 3), meaning_of(graph, 3)) == 0);
  CHECK(difference(meaning_of(resolved(true, false), 3), meaning_of(graph, 3)) > 1e-3);
  CHECK(difference(meaning_of(resolved(true, false), 3), meaning_of(resolved(false, false), 3)) > 1e-3);
}
