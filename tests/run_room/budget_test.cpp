// Training steps under a memory budget: the bits of those without, for every model, SIMD target, batch and policy.
#define ISTHMUS_ALLOW_SCALAR
#include <isthmus/lower/here.hpp>

#include <isthmus/declare.hpp>
#include <isthmus/schedule/policy.hpp>

#include "run_room/flow_graph_visible.hpp"
#include "run_room/image_models.hpp"
#include "run_room/models.hpp"
#include "run_room/sessions.hpp"
#include "support/catch.hpp"
#include "support/plan_copy.hpp"
#include "support/targets.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr int most = 33;

/// A linked program planned again within a budget: all of its groups are among the program's.
struct Within {
  Within(const lower::Program& program, std::int64_t bytes)
      : plan(plan::keep_within(copy_of(program.plan), {bytes, most})) {
    for (const plan::Group& group : plan.groups)
      for (int g = 0; g < program.plan.group_count; ++g)
        if (program.plan.groups[g].first_instruction == group.first_instruction) {
          fused.push_back(program.fused[g]);
          break;
        }
    REQUIRE(fused.size() == plan.groups.size());
    kernels = program.kernels;
  }
  lower::Program program() const { return {view(plan), fused.data(), kernels}; }

  plan::PlanBuilder plan;
  std::vector<lower::Fused> fused;
  const lower::Kernels* kernels;
};

/// Whole batches and parts of them.
constexpr int sizes[] = {most, 1, 7, most, 16};

template <class M>
std::vector<NamedTensor> train(TrainerCore& trainer, std::vector<double>& losses) {
  std::uint32_t stream = 5;
  for (const int size : sizes) losses.push_back(trainer.step(samples_of<M>(size, stream++)));
  return trainer.read(true);
}

int repeats = 0;

template <class M>
void check_model() {
  for_each_target([] {
    const lower::Program step = linked_program<M, Role::train>(), evaluate = linked_program<M, Role::evaluate>();
    std::vector<double> expected_losses;
    TrainerCore plain(step, evaluate, most, 1);
    const auto expected = train<M>(plain, expected_losses);
    for (const int percent : {80, 60, 0}) {
      INFO("within " << percent << " %");
      const Within within(step, plain.arena_bytes() * percent / 100);
      repeats += static_cast<int>(within.plan.groups.size()) - step.plan.group_count;
      TrainerCore kept(within.program(), evaluate, most, 1);
      CHECK(kept.arena_bytes() <= plain.arena_bytes());
      std::vector<double> losses;
      CHECK(same_bits(train<M>(kept, losses), expected));
      CHECK(losses == expected_losses);
    }
  });
}

template <class M>
void check_policies() {
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 4);
  const lower::Program step = linked_program<M, Role::train>(), evaluate = linked_program<M, Role::evaluate>();
  std::vector<double> expected_losses;
  TrainerCore plain(step, evaluate, most, 1);
  plain.set_threads(Threads::none());
  const auto expected = train<M>(plain, expected_losses);
  const Within within(step, 0);
  for (const schedule::NamedPolicy& policy : schedule::policies()) {
    if (policy.name == "flow_graph" && !is_flow_graph_visible) continue;
    for (const int workers : {1, 2, 4}) {
      INFO(policy.name << " for " << workers);
      TrainerCore kept(within.program(), evaluate, most, 1);
      const schedule::TaskGraph& graph = kept.training_session().executor().graph();
      schedule::Costs costs = schedule::estimate_costs(graph);
      schedule::add_memory(costs, view(within.plan), graph, most);
      kept.follow(schedule::make_schedule(policy, graph, costs, workers));
      std::vector<double> losses;
      tbb::task_arena arena(workers);
      CHECK(same_bits(arena.execute([&] { return train<M>(kept, losses); }), expected));
      CHECK(losses == expected_losses);
    }
  }
}

}  // namespace

TEST_CASE("models within a budget train to the same bits") {
#define ISTHMUS_TEST_BUDGET(M) check_model<M>();
  ISTHMUS_TEST_MODELS(ISTHMUS_TEST_BUDGET)
  ISTHMUS_TEST_IMAGE_MODELS(ISTHMUS_TEST_BUDGET)
#undef ISTHMUS_TEST_BUDGET
  CHECK(repeats > 10);
}

TEST_CASE("every policy gives the same bits within a budget: pooled images") { check_policies<Colours>(); }
TEST_CASE("every policy gives the same bits within a budget: dropout and statistics") { check_policies<Normed>(); }
TEST_CASE("every policy gives the same bits within a budget: noise") { check_policies<Noisy>(); }

namespace {

constexpr int bounded_bytes = 1'340'000;

/// Noise and dropout are among what is computed again.
template <bool bounded>
struct Bounded {
  static constexpr auto model =
      autoencoder(encoder(input<12, 8, 3>("x"), gaussian_noise(0.2f),
                          conv2d<16, 3>("enc1") | batch_norm("bn") | elu | dropout(0.25f),
                          conv2d<24, 3>("enc2") | relu | max_pool<2>),
                  bottleneck(conv2d<4, 1>("code")),
                  decoder(conv2d<16, 3>("dec1") | elu | upsample<2>, conv2d<3, 3>("out") | sigmoid));
  static constexpr auto training = [] {
    if constexpr (bounded)
      return isthmus::train(model, mean_squared_error, adam{}, memory_budget<bounded_bytes, 32>);
    else return isthmus::train(model, mean_squared_error, adam{});
  }();
};
using Free = Bounded<false>;
using Kept = Bounded<true>;

/// How often a program draws random numbers.
constexpr int draws(const plan::PlanView& plan) {
  int count = 0;
  for (int g = 0; g < plan.group_count; ++g) count += plan.groups[g].anchor == plan::Anchor::random;
  return count;
}
static_assert(arena_bytes<Kept, Role::train, 32> <= bounded_bytes);
static_assert(draws(plan::planned<Kept, Role::train>.view()) > draws(plan::planned<Free, Role::train>.view()));

}  // namespace

TEST_CASE("a trainer of a model with a budget keeps it, and its parameters are the same bits") {
  Trainer<Free, 32, CompiledHere> free(1);
  Trainer<Kept, 32, CompiledHere> kept(1);
  CHECK(kept.arena_bytes() <= bounded_bytes);
  CHECK(10 * kept.arena_bytes() <= 7 * free.arena_bytes());
  for (const int size : {32, 5, 32, 1}) {
    const std::vector<float> x = samples_of<Free>(size, static_cast<std::uint32_t>(size));
    CHECK(kept.step(x) == free.step(x));
    CHECK(kept.evaluate(x) == free.evaluate(x));
  }
  CHECK(same_bits(kept.read(true), free.read(true)));
}
