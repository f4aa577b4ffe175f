// Several models that read one set of weights, each with memory of its own.
#include "run_room/models.hpp"
#include "run_room/sessions.hpp"
#include "support/catch.hpp"

#include <isthmus/error.hpp>

#include <cstddef>
#include <optional>
#include <thread>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr int most = 33;

std::vector<float> results_of(InferenceCore& core, const std::vector<float>& x) {
  std::vector<float> y(x.size() / static_cast<std::size_t>(core.input_size()) *
                       static_cast<std::size_t>(core.output_size()));
  core.run(x, y);
  return y;
}

/// Models that cannot be written to say so.
bool is_read_only(InferenceCore& core, const TrainerCore& trainer) {
  try {
    core.write(trainer.read(false), "trainer");
  } catch (const Error& error) {
    return std::string(error.what()) ==
           "trainer: expected a model with weights of its own, found one that shares them with another";
  }
  return false;
}

}  // namespace

TEST_CASE("a model that shares weights computes what their owner computes, in batches of its own size") {
  const TrainerCore trainer = trainer_of<Wide>(most);
  const std::vector<float> x = samples_of<Wide>(most);
  for (const Weights& weights : {Weights::fp32(), Weights::bf16(), Weights::int8()}) {
    InferenceCore owner = part_of<Wide, Role::reconstruct>(trainer, most);
    owner.set_weights(weights);
    InferenceCore same(shared_weights, owner, most), one(shared_weights, owner, 1),
        of_same(shared_weights, same, 7);
    const std::vector<float> expected = results_of(owner, x);
    CHECK(results_of(same, x) == expected);
    const auto samples = [&](const std::vector<float>& from, int count) {
      return std::vector<float>(from.begin(), from.begin() + count * 70);
    };
    CHECK(results_of(one, samples(x, 1)) == samples(expected, 1));
    CHECK(results_of(of_same, samples(x, 7)) == samples(expected, 7));
    // Rounding the weights of one model does not affect the others.
    same.set_weights(Weights::fp32());
    one.set_weights(Weights::bf16());
    CHECK(results_of(owner, x) == expected);
    CHECK(results_of(of_same, samples(x, 7)) == samples(expected, 7));
    same.set_weights(weights);
    CHECK(results_of(same, x) == expected);
  }
}

TEST_CASE("shared weights are in memory once") {
  const TrainerCore trainer = trainer_of<Wide>(most);
  const InferenceCore owner = part_of<Wide, Role::encode>(trainer, most);
  const std::int64_t needed = owner.sharing_workspace_bytes(most);
  constexpr std::int64_t weights = (70 * 50 + 50 * 20) * sizeof(float);
  CHECK(needed + weights <= InferenceCore::workspace_bytes(owner.session().program(), most));
  std::vector<std::byte> memory(static_cast<std::size_t>(needed));
  const std::vector<float> x = samples_of<Wide>(most);
  InferenceCore own = part_of<Wide, Role::encode>(trainer, most), inside(shared_weights, owner, most, memory);
  CHECK(results_of(inside, x) == results_of(own, x));
  CHECK_THROWS_AS(InferenceCore(shared_weights, owner, most, std::span(memory).first(memory.size() - 65)),
                  ShapeError);
  CHECK_THROWS_AS(InferenceCore(shared_weights, owner, 0), ShapeError);
}

TEST_CASE("nobody writes to shared weights; they live as long as one of their readers, who may write then") {
  const TrainerCore trainer = trainer_of<Wide>(most), other = trainer_of<Wide>(most, 2);
  const std::vector<float> x = samples_of<Wide>(most);
  std::optional<InferenceCore> owner(part_of<Wide, Role::encode>(trainer, most));
  std::optional<InferenceCore> second(std::in_place, shared_weights, *owner, most);
  std::optional<InferenceCore> third(std::in_place, shared_weights, *second, most);
  const std::vector<float> expected = results_of(*owner, x);
  CHECK(is_read_only(*owner, other));
  CHECK(is_read_only(*second, other));
  owner.reset();
  CHECK(is_read_only(*second, other));
  CHECK(results_of(*third, x) == expected);
  second.reset();
  CHECK(results_of(*third, x) == expected);
  CHECK_FALSE(is_read_only(*third, other));
  InferenceCore fresh = part_of<Wide, Role::encode>(other, most);
  CHECK(results_of(*third, x) == results_of(fresh, x));
}

TEST_CASE("threads with a model each and one set of weights get right results") {
  const TrainerCore trainer = trainer_of<Wide>(most);
  InferenceCore owner = part_of<Wide, Role::reconstruct>(trainer, most);
  owner.set_weights(Weights::bf16());
  std::vector<InferenceCore> models, alone;
  for (int i = 0; i < 3; ++i) {
    models.emplace_back(shared_weights, owner, most);
    // Made here: a trainer is read by one thread at a time.
    alone.push_back(part_of<Wide, Role::reconstruct>(trainer, most));
    alone.back().set_weights(Weights::bf16());
  }
  std::vector<int> wrong(models.size(), 0);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < models.size(); ++t)
    threads.emplace_back([&, t] {
      const std::vector<float> x = samples_of<Wide>(most, static_cast<std::uint32_t>(t));
      const std::vector<float> expected = results_of(alone[t], x);
      for (int i = 0; i < 100; ++i) wrong[t] += results_of(models[t], x) != expected;
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == std::vector<int>(models.size(), 0));
}
