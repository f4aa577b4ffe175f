// Training whose products multiply bf16: what it computes, how close it is to fp32, and that its bits are its own.
#define ISTHMUS_ALLOW_SCALAR
#include <isthmus/isthmus.hpp>
#include <isthmus/lower/products.hpp>
#include <isthmus/schedule/policy.hpp>

#include "run_room/flow_graph_visible.hpp"
#include "run_room/models.hpp"
#include "run_room/sessions.hpp"
#include "support/bf16.hpp"
#include "support/catch.hpp"
#include "support/reference.hpp"
#include "support/targets.hpp"

#include <oneapi/tbb/task_arena.h>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

/// Compiled here, since its declaration says it.
struct Rounded {
  static constexpr auto model = Tanh::model;
  static constexpr auto training = train(model, mean_squared_error, sgd{0.1f}, clip_norm{100.0f}, precision<bf16>);
};
static_assert(Rounded::training.precision == Precision::bf16 && Rounded::training.clip_norm == 100.0f);
static_assert(Tanh::training.precision == Precision::fp32);
static_assert(train(Tanh::model, mean_squared_error, adam{}, precision<fp32>).precision == Precision::fp32);
static_assert(plan::planned<Rounded, Role::train>.precision == Precision::bf16);
static_assert(plan::planned<Rounded, Role::evaluate>.precision == Precision::fp32);
static_assert(plan::planned<Tanh, Role::train>.precision == Precision::fp32);

/// Within nine tenths of its memory.
struct RoundedAndBounded {
  static constexpr auto model = Rounded::model;
  static constexpr auto training =
      train(model, mean_squared_error, sgd{0.1f}, clip_norm{100.0f},
            memory_budget<arena_bytes<Rounded, Role::train, 64> * 9 / 10, 64>, precision<bf16>);
};

template <class M>
TrainerCore rounded_trainer(int max_batch, std::uint64_t seed = 1) {
  return {lower::with_precision(linked_program<M, Role::train>(), Precision::bf16),
          linked_program<M, Role::evaluate>(), max_batch, seed};
}

template <class M>
std::vector<NamedTensor> trained(TrainerCore& trainer, int samples, int steps) {
  const std::vector<float> x = samples_of<M>(samples);
  for (int i = 0; i < steps; ++i) trainer.step(x);
  return trainer.read(true);
}

}  // namespace

TEST_CASE("the declaration's precision is that of training alone") {
  const lower::Program program = CompiledHere::program<Rounded, Role::train>();
  REQUIRE(program.products != nullptr);
  CHECK(program.products->matmul == lower::bf16_products().matmul);
  CHECK(CompiledHere::program<Rounded, Role::evaluate>().products == nullptr);
  CHECK(CompiledHere::program<Tanh, Role::train>().products == nullptr);
}

TEST_CASE("within a memory budget the bits of bf16 stay what they are") {
  static_assert(plan::planned<RoundedAndBounded, Role::train>.precision == Precision::bf16);
  Trainer<Rounded, 64, CompiledHere> free(1);
  Trainer<RoundedAndBounded, 64, CompiledHere> bounded(1);
  CHECK(bounded.arena_bytes() < free.arena_bytes());
  for (const int samples : {64, 7, 33}) {
    const std::vector<float> x = samples_of<Rounded>(samples);
    CHECK(bounded.step(x) == free.step(x));
  }
  CHECK(same_bits(bounded.read(true), free.read(true)));
}

TEST_CASE("a step in bf16 is the reference's with rounded operands") {
  for_each_target([] {
    for (const int samples : {1, 5, 33}) {
      INFO("batch " << samples);
      TrainerCore trainer = rounded_trainer<Tanh>(samples);
      const std::vector<float> x = samples_of<Tanh>(samples);
      reference::Interpreter graph(plan::source<Tanh, Role::train>, samples);
      graph.rounded = &nearest_bf16;
      for (const NamedTensor& tensor : trainer.read(false))
        graph.named(tensor.name).values.assign(tensor.values.begin(), tensor.values.end());
      graph.named("x").values.assign(x.begin(), x.end());
      const double loss = trainer.step(x);
      graph.run(1, trainer.learning_rate());
      CHECK(relative_error(loss, graph.scalar("loss"), 1e-3) < 1e-4);
      graph.commit();
      // A number that lies halfway may be rounded either way, by what fp32 and double differ.
      for (const NamedTensor& tensor : trainer.read(false)) {
        INFO(tensor.name);
        CHECK(largest_error(tensor.values, graph.named(tensor.name).values, 1e-1) < 1e-4);
      }
    }
  });
}

TEST_CASE("training in bf16 learns as training in fp32 does, on other bits") {
  for_each_target([] {
    TrainerCore rounded = rounded_trainer<Wide>(40), exact = trainer_of<Wide>(40);
    const auto a = trained<Wide>(rounded, 40, 300), b = trained<Wide>(exact, 40, 300);
    CHECK_FALSE(same_bits(a, b));
    const std::vector<float> x = samples_of<Wide>(40);
    CHECK(relative_error(rounded.evaluate(x), exact.evaluate(x)) < 0.02);
    CHECK(rounded.evaluate(x) < 0.8 * trainer_of<Wide>(40).evaluate(x));
  });
}

TEST_CASE("the bits of bf16 do not depend on threads, schedules or the largest batch") {
  constexpr int samples = 65;
  TrainerCore alone = rounded_trainer<Wide>(samples);
  alone.set_threads(Threads::none());
  const auto expected = trained<Wide>(alone, samples, 4);
  TrainerCore roomy = rounded_trainer<Wide>(3 * samples);
  CHECK(same_bits(trained<Wide>(roomy, samples, 4), expected));
  for (const schedule::NamedPolicy& policy : schedule::policies()) {
    if (policy.name == "flow_graph" && !is_flow_graph_visible) continue;
    for (const int workers : {1, 2}) {
      INFO(policy.name << " for " << workers);
      TrainerCore trainer = rounded_trainer<Wide>(samples);
      const run::Session& session = trainer.training_session();
      schedule::Costs costs = schedule::estimate_costs(session.executor().graph());
      schedule::add_memory(costs, session.program().plan, session.executor().graph(), samples);
      trainer.follow(schedule::make_schedule(policy, session.executor().graph(), costs, workers));
      tbb::task_arena arena(workers);
      CHECK(same_bits(arena.execute([&] { return trained<Wide>(trainer, samples, 4); }), expected));
    }
  }
}
