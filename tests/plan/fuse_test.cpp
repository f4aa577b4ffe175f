// Groups: what they may hold, how many there are, and what became of the models that matter.
#include <isthmus/plan/stages.hpp>

#include "../../graphs/dense.hpp"
#include "../../graphs/shallow.hpp"
#include "plan/meaning.hpp"
#include "plan/sound.hpp"
#include "support/catch.hpp"
#include "support/random_graph.hpp"

#include <set>

using namespace isthmus;
using namespace isthmus::testing;
using plan::Anchor;
using plan::PlanView;

namespace {

template <class M>
inline constexpr const auto& training = plan::planned<M, Role::train>;

// Forward 6, backward 5 + 6 products; 5 turned weights; 6 sums for the biases; one copy of the input; the
// loss; four scalars. What a product's epilogue can do is nowhere a loop of its own.
static_assert(training<graphs::Dense>.view().group_count == 34);
static_assert(groups_with(training<graphs::Dense>.view(), Anchor::matmul) == 17);
static_assert(groups_with(training<graphs::Dense>.view(), Anchor::none) == 1);
static_assert(groups_with(training<graphs::Dense>.view(), Anchor::transpose) == 5);
static_assert(groups_with(training<graphs::Dense>.view(), Anchor::column_sum) == 6);
static_assert(groups_with(training<graphs::Dense>.view(), Anchor::total_sum) == 1);
static_assert(plan::planned<graphs::Dense, Role::reconstruct>.view().group_count == 7);
static_assert(groups_with(training<graphs::Shallow>.view(), Anchor::matmul) == 5);
static_assert(groups_with(training<graphs::Shallow>.view(), Anchor::none) == 1);

constexpr int results_in(const PlanView& plan, const plan::Group& group, plan::Storage storage) {
  int count = 0;
  for (int r = 0; r < group.results; ++r)
    count += plan.values[plan.results[group.first_result + r].value].storage == storage;
  return count;
}

/// The product that makes a weight's gradient is the group that updates it, with both moments: the gradient
/// itself never reaches memory.
constexpr int fused_updates(const PlanView& plan) {
  int count = 0;
  for (int g = 0; g < plan.group_count; ++g) {
    const plan::Group& group = plan.groups[g];
    if (group.anchor != Anchor::matmul || !group.transpose_a) continue;
    count += group.results == 3 && results_in(plan, group, plan::Storage::parameter) == 1 &&
             results_in(plan, group, plan::Storage::state) == 2 && computes(plan, group, ops::sqrt);
  }
  return count;
}
static_assert(fused_updates(training<graphs::Dense>.view()) == 6);
static_assert(fused_updates(training<graphs::Shallow>.view()) == 2);

/// Each of these parameters is in the gradients of others. An update that reads what another one overwrites comes
/// before it; if that is so both ways, what is read is read by a group of its own.
struct InEachOther {
  static constexpr auto model = graph([](Scope& g) {
    const Tensor code = bottleneck(dense<3>(g.input<4>("x"), "enc"));
    const Tensor h = dense<4>(code, "dec");
    g.begin_layer("scale", "scale");
    const auto parameter = [&](const char* name) {
      return g.parameter(name, shape_of(4), Initializer::constant, 0.5f);
    };
    const Tensor a = parameter("a"), b = parameter("b"), c = parameter("c");
    return h * (a * b) + b * c + c * a;
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};
static_assert(is_sound(training<InEachOther>.view()));

/// The group of the last forward product also computes the sigmoid, the loss's terms and its derivative.
constexpr bool loss_is_in_a_product(const PlanView& plan) {
  for (int g = 0; g < plan.group_count; ++g) {
    const plan::Group& group = plan.groups[g];
    bool sums = false;
    for (int r = 0; r < group.results; ++r)
      sums = sums || plan.values[plan.results[group.first_result + r].value].panel_sums;
    if (group.anchor == Anchor::matmul && sums && computes(plan, group, ops::sigmoid))
      return group.results == 2 && computes(plan, group, ops::subtract);
  }
  return false;
}
static_assert(loss_is_in_a_product(training<graphs::Dense>.view()));
static_assert(loss_is_in_a_product(training<graphs::Shallow>.view()));

template <class M>
inline constexpr bool every_role_is_sound =
    is_sound(plan::planned<M, Role::train>.view()) && is_sound(plan::planned<M, Role::evaluate>.view()) &&
    is_sound(plan::planned<M, Role::reconstruct>.view()) && is_sound(plan::planned<M, Role::encode>.view()) &&
    is_sound(plan::planned<M, Role::decode>.view());
static_assert(every_role_is_sound<graphs::Dense> && every_role_is_sound<graphs::Shallow>);

}  // namespace

TEST_CASE("parameters that are in each other's gradients are updated") {
  CHECK(is_sound(training<InEachOther>.view()));
  CHECK(written_sinks(training<InEachOther>.view()) >= 3 * 7);
}

TEST_CASE("plans of random training steps are sound") {
  for (std::uint32_t seed = 200; seed < 400; ++seed) {
    INFO("seed " << seed);
    const Builder b = RandomGraph(seed).write(5 + static_cast<int>(seed % 60), seed % 3 != 0);
    const plan::PlanBuilder plan = plan::make_plan(b.view());
    CHECK(is_sound(view(plan)));
    CHECK(written_sinks(view(plan)) == sinks_of(plan::legalize(plan::simplify(b.view()))));
  }
}

TEST_CASE("the constants are what the passes give at run time") {
  const plan::PlanBuilder plan = plan::make_plan(plan::source<graphs::Dense, Role::train>);
  CHECK(view(plan).group_count == training<graphs::Dense>.view().group_count);
  CHECK(view(plan).instruction_count == training<graphs::Dense>.view().instruction_count);
  CHECK(fused_updates(view(plan)) == 6);
  CHECK(loss_is_in_a_product(view(plan)));
  CHECK(is_sound(view(plan)));
}

TEST_CASE("a skip around a product is no reason to read what is not there yet") {
  // tanh(x w) is read by its own product's successor, in place and as a whole.
  Builder b;
  const Tensor x = b.input("x", shape_of(batch, 5));
  const Tensor h = b.unary(ops::tanh, matmul(x, b.parameter("w", shape_of(5, 5))));
  b.output(h + b.unary(ops::tanh, matmul(h, b.parameter("v", shape_of(5, 5)))), "y");
  const plan::PlanBuilder plan = plan::make_plan(b.view());
  CHECK(is_sound(view(plan)));
  CHECK(difference(meaning_of(view(plan), 4), meaning_of(b.view(), 4)) < 1e-12);
}

TEST_CASE("equal programs share one kernel") {
  const PlanView plan = training<graphs::Dense>.view();
  int kernels = 0;
  for (int g = 0; g < plan.group_count; ++g) kernels += plan.groups[g].canonical == g;
  CHECK(kernels < plan.group_count * 2 / 3);
  // The updates of the five weights with full panels: the first and the last one order their loads
  // differently.
  std::set<int> updates;
  for (int g = 0; g < plan.group_count; ++g)
    if (plan.groups[g].anchor == Anchor::matmul && plan.groups[g].transpose_a && plan.groups[g].columns % 16 == 0)
      updates.insert(plan.groups[g].canonical);
  CHECK(updates.size() <= 2);
}

TEST_CASE("equal instructions that keep different values are no equal programs") {
  Builder b;
  const Tensor x = b.input("x", shape_of(batch, 16));
  // The same three operations after a product; what is read of them later is the first and the last, or the second
  // and the last.
  const auto branch = [&](const char* layer, bool first) {
    b.in_layer(layer);
    const Tensor y = exp(matmul(x, b.parameter("w", shape_of(16, 16))));
    const Tensor z = tanh(y), last = abs(z);
    const Tensor u = b.parameter("u", shape_of(16, 16)), v = b.parameter("v", shape_of(16, 16));
    return matmul(first ? y : z, u) + matmul(last, v);
  };
  b.output(branch("a", true) - branch("b", false), "y");
  const plan::PlanBuilder plan = plan::make_plan(b.view());
  const PlanView seen = view(plan);
  std::vector<int> alike;
  for (int g = 0; g < seen.group_count; ++g)
    if (seen.groups[g].results == 2) alike.push_back(g);
  REQUIRE(alike.size() == 2);
  const plan::Group &one = seen.groups[alike[0]], &other = seen.groups[alike[1]];
  REQUIRE(one.instructions == other.instructions);
  CHECK(one.canonical != other.canonical);
}

TEST_CASE("two parameters that would overwrite each other's reader are refused, not computed wrongly") {
  // Each update reads the other parameter, and a sum of its own keeps the two in groups of their own.
  Builder b;
  const Tensor x = b.input("x", shape_of(batch, 5)), z = b.input("z", shape_of(batch, 5));
  const Tensor p = b.parameter("p", shape_of(5)), q = b.parameter("q", shape_of(5));
  const Tensor first = b.sum_to(exp(x), shape_of(5)), second = b.sum_to(exp(z), shape_of(5));
  b.assign(p, p - first * q);
  b.assign(q, q - second * p);
  b.output(sum(x), "loss");
  Meaning found;
  try {
    found = meaning_of(view(plan::make_plan(b.view())), 3);
  } catch (const std::logic_error&) {
    SUCCEED("refused");
    return;
  }
  CHECK(difference(found, meaning_of(b.view(), 3)) < 1e-12);
}

// Scalars lie beside the arena, where a session neither draws, saves nor loads anything.
TEST_CASE("a parameter without dimensions is kept like every other") {
  Builder b;
  const Tensor scale = b.parameter("scale", Shape{}, Initializer::constant, 2.0f);
  b.output(b.input("x", shape_of(batch, 5)) * scale, "y");
  const plan::PlanBuilder made = plan::make_plan(b.view());
  int kept = 0;
  for (const plan::Value& value : made.values) kept += value.storage == plan::Storage::parameter;
  CHECK(kept == 1);
}
