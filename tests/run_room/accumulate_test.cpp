// Updates by the gradients of several steps, on every SIMD target: beside updates by one batch of all samples,
// against the double-precision reference, and with the same bits whatever runs them.
#include "run_room/compare_training.hpp"
#include "run_room/flow_graph_visible.hpp"
#include "run_room/tuned_models.hpp"
#include "support/targets.hpp"

#include <isthmus/schedule/policy.hpp>

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr int part = 8, size = InParts::model.input_size();

std::vector<float> part_of_batch(const std::vector<float>& batch, int number) {
  return {batch.begin() + std::ptrdiff_t{number} * part * size,
          batch.begin() + std::ptrdiff_t{number + 1} * part * size};
}
bool is_sum(const std::string& tensor) { return tensor.ends_with(".accumulated"); }

/// So many updates by batches of four parts, part by part.
std::vector<NamedTensor> trained_in_parts(TrainerCore& trainer, int first, int steps) {
  for (int step = first; step < first + steps; ++step)
    trainer.step(part_of_batch(samples_of<InParts>(4 * part, static_cast<std::uint32_t>(step / 4)), step % 4));
  return trainer.read(true);
}

}  // namespace

TEST_CASE("four batches of 8 samples make the update of one batch of 32, schedules and averages with it") {
  for_each_target([] {
    TrainerCore whole = trainer_of<AtOnce>(4 * part), parts = trainer_of<InParts>(part);
    CHECK(parts.arena_bytes() < whole.arena_bytes());
    for (std::uint32_t update = 0; update < 5; ++update) {
      INFO("update " << update);
      const std::vector<float> batch = samples_of<AtOnce>(4 * part, update);
      const double loss = whole.step(batch);
      double sum = 0;
      for (int i = 0; i < 4; ++i) {
        const std::vector<NamedTensor> before = parts.read(true);
        sum += parts.step(part_of_batch(batch, i));
        // Until the last part nothing but the sums has moved.
        for (const NamedTensor& tensor : parts.read(true)) {
          INFO(tensor.name << " after part " << i);
          const bool moved = tensor.values != values_of(before, tensor.name);
          if (!is_sum(tensor.name)) CHECK(moved == (i == 3));
          else
            CHECK(std::all_of(tensor.values.begin(), tensor.values.end(), [](float x) { return x == 0; }) ==
                  (i == 3));
        }
      }
      CHECK(relative_error(sum / 4, loss, 1e-3) < 1e-6);
      const std::vector<NamedTensor> found = parts.read(true);
      for (const NamedTensor& tensor : whole.read(true)) {
        INFO(tensor.name);
        const std::vector<double> expected(tensor.values.begin(), tensor.values.end());
        CHECK(largest_error(values_of(found, tensor.name), expected, 1e-2) < 1e-6);
      }
    }
  });
}

TEST_CASE("two steps with one batch make its update, bit for bit: the mean of a gradient and itself") {
  for_each_target([] {
    TrainerCore whole = trainer_of<AtOnce>(17), halves = trainer_of<InHalves>(17);
    for (std::uint32_t update = 0; update < 4; ++update) {
      const std::vector<float> x = samples_of<AtOnce>(17, update);
      const double loss = whole.step(x);
      CHECK(halves.step(x) == loss);
      CHECK(halves.step(x) == loss);
    }
    CHECK(same_bits(halves.read(false), whole.read(false)));
  });
}

TEST_CASE("accumulated gradients are those of the reference in double precision") {
  for_each_target([] {
    for (const int samples : {1, 5, 33}) compare_training<InHalves>(samples);
  });
}

TEST_CASE("a training in parts gives the same bits under any policy, and resumed within an update") {
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 4);
  constexpr int steps = 10;  // two updates and two parts of a third
  for_each_target([] {
    TrainerCore plain = trainer_of<InParts>(part);
    plain.set_threads(Threads::none());
    const std::vector<NamedTensor> expected = trained_in_parts(plain, 0, steps);
    for (const schedule::NamedPolicy& policy : schedule::policies()) {
      if (policy.name == "flow_graph" && !is_flow_graph_visible) continue;
      for (const int workers : {1, 3}) {
        INFO(policy.name << " for " << workers);
        // Another trainer goes on behind the first part of the second update.
        TrainerCore first = trainer_of<InParts>(part), second = trainer_of<InParts>(part, 2);
        for (TrainerCore* const one : {&first, &second}) {
          const schedule::TaskGraph& graph = one->training_session().executor().graph();
          one->follow(schedule::make_schedule(policy, graph, schedule::estimate_costs(graph), workers));
        }
        tbb::task_arena arena(workers);
        arena.execute([&] { trained_in_parts(first, 0, 5); });
        second.restore(first.state(), "state");
        CHECK(same_bits(arena.execute([&] { return trained_in_parts(second, 5, steps - 5); }), expected));
      }
    }
  });
}

TEST_CASE("from parameters alone the sums start at zero") {
  TrainerCore trainer = trainer_of<InParts>(part), other = trainer_of<InParts>(part, 2);
  trained_in_parts(trainer, 0, 2);
  other.write(trainer.read(false), false, 0, "values");
  int sums = 0;
  for (const NamedTensor& tensor : other.read(true)) {
    if (!is_sum(tensor.name)) continue;
    ++sums;
    for (const float x : tensor.values) CHECK(x == 0);
  }
  CHECK(sums == 10);
}
