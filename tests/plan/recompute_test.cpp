// Plans under a memory budget: they mean the same, to the bit, they keep the budget wherever it can be kept, and
// they repeat what is cheap.
#include <isthmus/plan/stages.hpp>

#include "../../graphs/denoising.hpp"
#include "plan/meaning.hpp"
#include "plan/memory_checks.hpp"
#include "plan/sound.hpp"
#include "support/catch.hpp"
#include "support/plan_copy.hpp"
#include "support/random_graph.hpp"
#include "support/random_images.hpp"

#include <set>

using namespace isthmus;
using namespace isthmus::testing;
using plan::Anchor;
using plan::PlanBuilder;
using plan::PlanView;

namespace {

std::int64_t arena_of(const PlanBuilder& plan, int samples) {
  return plan::plan_memory(view(plan), samples).arena_bytes;
}

/// Groups that are there again: those after the first with the same program, of the same node.
constexpr int repeated(const PlanView& plan, Anchor anchor) {
  int count = 0;
  for (int g = 0; g < plan.group_count; ++g)
    for (int earlier = 0; earlier < g; ++earlier)
      if (plan.groups[earlier].first_instruction == plan.groups[g].first_instruction) {
        count += plan.groups[g].anchor == anchor;
        break;
      }
  return count;
}
constexpr int reusing(const PlanView& plan) {
  int count = 0;
  for (int v = 0; v < plan.value_count; ++v) count += plan.values[v].reuses >= 0;
  return count;
}

// ---- The denoising model, at the compiler's time ----

struct Free : graphs::Denoising {};
struct Halved : graphs::Denoising {
  static constexpr auto training = train(model, mean_squared_error, adam{}, memory_budget<61'000'000, 512>);
};
struct Roomy : graphs::Denoising {
  static constexpr auto training =
      train(model, mean_squared_error, adam{}, clip_norm{0.0f}, memory_budget<200'000'000, 512>);
};
constexpr PlanView free_plan = plan::planned<Free, Role::train>.view();
constexpr PlanView halved_plan = plan::planned<Halved, Role::train>.view();
constexpr PlanView roomy_plan = plan::planned<Roomy, Role::train>.view();

static_assert(arena_bytes<Free, Role::train, 512> > 2 * 61'000'000);
static_assert(arena_bytes<Halved, Role::train, 512> <= 61'000'000);
static_assert(arena_bytes<Halved, Role::train_distributed, 512> <= 61'000'000);
static_assert(is_sound(halved_plan) && is_sound(plan::planned<Halved, Role::train_distributed>.view()));
static_assert(written_sinks(halved_plan) == written_sinks(free_plan));
// Convolutions are repeated, as they are all that is large; of six forward ones the most expensive are not.
static_assert(repeated(halved_plan, Anchor::conv2d) > 0 && repeated(halved_plan, Anchor::conv2d) < 4);
static_assert(repeated(halved_plan, Anchor::conv2d_weights) == 0);
static_assert(reusing(halved_plan) > 0);
// A plan that fits the budget stays as it is, and a role that does not train has no budget.
static_assert(roomy_plan.group_count == free_plan.group_count && reusing(roomy_plan) == 0 &&
              reusing(free_plan) == 0);
static_assert(arena_bytes<Halved, Role::evaluate, 512> == arena_bytes<Free, Role::evaluate, 512>);
static_assert(plan::budget_of<Halved, Role::train_distributed>()->bytes == 61'000'000 &&
              !plan::budget_of<Halved, Role::reconstruct>() && !plan::budget_of<Free, Role::train>());

// ---- Random training steps ----

/// How many kernels the compiler makes of a plan.
std::size_t kernels(const PlanView& plan) {
  std::set<int> first;
  for (int g = 0; g < plan.group_count; ++g) first.insert(plan.groups[g].canonical);
  return first.size();
}

/// Every group is one of the plan without a budget, with the same program, and each of those is there.
bool has_the_same_groups(const PlanView& plan, const PlanView& whole) {
  std::set<int> programs;
  for (int g = 0; g < whole.group_count; ++g) programs.insert(whole.groups[g].first_instruction);
  std::set<int> found;
  for (int g = 0; g < plan.group_count; ++g) {
    const plan::Group& group = plan.groups[g];
    const plan::Group& kernel = plan.groups[group.canonical];
    if (!programs.contains(group.first_instruction) || kernel.instructions != group.instructions) return false;
    found.insert(group.first_instruction);
  }
  return found == programs;
}

struct Tally {
  int repeats = 0, handed_over = 0, halved = 0;
};

void check_budgets(GraphView graph, int samples, Tally& tally) {
  const PlanBuilder whole = plan::make_plan(graph);
  const Meaning expected = meaning_of(view(whole), 3);
  const std::int64_t before = arena_of(whole, samples);
  const std::int64_t least = arena_of(plan::keep_within(whole, {0, samples}), samples);
  CHECK(least <= before);
  tally.halved += 2 * least <= before;
  for (const int percent : {100, 90, 75, 60, 45, 0}) {
    const MemoryBudget budget{before * percent / 100, samples};
    INFO("budget " << budget.bytes << " of " << before << " bytes");
    const PlanBuilder kept = plan::keep_within(whole, budget);
    if (percent == 100) CHECK(kept.groups.size() == whole.groups.size());
    CHECK(arena_of(kept, samples) <= std::max(budget.bytes, least));
    CHECK(is_sound(view(kept)));
    CHECK(has_the_same_groups(view(kept), view(whole)));
    CHECK(kernels(view(kept)) == kernels(view(whole)));
    CHECK(written_sinks(view(kept)) == written_sinks(view(whole)));
    // Also of other batches than the budget is for.
    for (const int batch_size : {1, samples, 2 * samples + 1}) check_memory(view(kept), batch_size);
    CHECK(meaning_of(view(kept), 3) == expected);
    tally.repeats += static_cast<int>(kept.groups.size() - whole.groups.size());
    tally.handed_over += reusing(view(kept));
  }
}

}  // namespace

TEST_CASE("random training steps mean the same within every budget") {
  Tally tally;
  for (std::uint32_t seed = 700; seed < 740; ++seed) {
    INFO("seed " << seed);
    check_budgets(RandomGraph(seed).write(4 + static_cast<int>(seed % 17), true).view(), 64, tally);
  }
  CHECK(tally.repeats > 100);
  CHECK(tally.handed_over > 100);
}

TEST_CASE("random training steps on images mean the same within every budget") {
  Tally tally;
  for (std::uint32_t seed = 730; seed < 770; ++seed) {
    INFO("seed " << seed);
    check_budgets(RandomImages(seed).write(4 + static_cast<int>(seed % 13), true).view(), 16, tally);
  }
  CHECK(tally.repeats > 100);
  CHECK(tally.handed_over > 100);
  CHECK(tally.halved > 0);
}

TEST_CASE("bytes on the timeline are those of the memory plan") {
  for (std::uint32_t seed = 800; seed < 830; ++seed) {
    const bool images = seed % 2 == 0;
    const Builder b = images ? RandomImages(seed).write(9, true) : RandomGraph(seed).write(15, true);
    // Some of them of one process of several: what is reduced is always there.
    const PlanBuilder whole =
        seed % 3 == 0 ? plan::make_plan(plan::distribute(plan::simplify(b.view()))) : plan::make_plan(b.view());
    for (const int percent : {100, 80, 0}) {
      plan::detail::Recomputation choice(view(whole), 8);
      choice.reach(choice.peak().bytes / 100 * percent);
      PlanBuilder plan = plan::detail::in_order(whole, choice.steps());
      plan::share_in_place(plan);
      INFO("seed " << seed << ", " << percent << " %");
      CHECK(plan::plan_memory(view(plan), 8).live_bytes == choice.peak().bytes);
    }
  }
}

namespace {

/// Two values of the same size that the backward pass reads: the first comes out of a few functions, the other out
/// of a product.
constexpr Builder cheap_and_dear() {
  Builder b;
  const Tensor x = b.input("x", shape_of(batch, 256));
  const Tensor cheap = tanh(x + b.parameter("b", shape_of(256)));
  const Tensor w1 = b.parameter("w1", shape_of(256, 256)), w2 = b.parameter("w2", shape_of(256, 256)),
               w3 = b.parameter("w3", shape_of(256, 256));
  const Tensor dear = tanh(matmul(cheap, w1));
  const Tensor loss = mean(square(matmul(tanh(matmul(dear, w2)), w3)));
  b.output(loss, "loss");
  const std::vector<Tensor> weights{w1, w2, w3};
  const std::vector<Tensor> gradients = differentiate::gradients(loss, weights);
  for (std::size_t i = 0; i < weights.size(); ++i) b.assign(weights[i], weights[i] - gradients[i] * 0.1f);
  return b;
}

constexpr int cheap_samples = 10'000;
constexpr PlanBuilder within(int megabytes) {
  const MemoryBudget budget{std::int64_t{megabytes} * 1'000'000, cheap_samples};
  return plan::keep_within(plan::make_plan(cheap_and_dear().view()), budget);
}

}  // namespace

TEST_CASE("what is cheap is repeated first, products only if they have to be") {
  const PlanBuilder whole = within(1000);
  const auto megabytes = [](const PlanBuilder& plan) {
    return static_cast<int>((arena_of(plan, cheap_samples) + 999'999) / 1'000'000);
  };
  int order = megabytes(whole) - 1;
  PlanBuilder plan = within(order);
  // As long as it is enough, results take over bytes and nothing is computed twice.
  while (plan.groups.size() == whole.groups.size()) plan = within(order = megabytes(plan) - 1);
  CHECK(repeated(view(plan), Anchor::none) == 1);
  CHECK(repeated(view(plan), Anchor::matmul) == 0);
  CHECK(megabytes(plan) <= order);
  const PlanBuilder least = within(0);
  CHECK(repeated(view(least), Anchor::matmul) > 0);
  CHECK(megabytes(least) < megabytes(plan));
}

TEST_CASE("the denoising model within a budget, and at run time as in the compiler") {
  for (const PlanView& plan : {halved_plan, roomy_plan})
    for (const int samples : {1, 7, 512}) check_memory(plan, samples);
  const PlanBuilder again = plan::make_plan(plan::source<Halved, Role::train>, {}, MemoryBudget{61'000'000, 512});
  REQUIRE(view(again).group_count == halved_plan.group_count);
  for (int g = 0; g < halved_plan.group_count; ++g)
    CHECK(view(again).groups[g].node == halved_plan.groups[g].node);
  CHECK(meaning_of(halved_plan, 1) == meaning_of(free_plan, 1));
}
