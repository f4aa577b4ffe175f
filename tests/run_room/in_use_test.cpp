// One object, two callers at once: the second one is told, and the first one's results are right.
#include "run_room/models.hpp"
#include "run_room/sessions.hpp"
#include "support/catch.hpp"

#include <isthmus/error.hpp>

#include <mutex>
#include <thread>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr int most = 300;
constexpr const char* told = "another thread is using the same object at this moment";

/// A host whose team does something else in the middle of a run, and then the work.
template <class Meanwhile>
struct Interrupted {
  Meanwhile meanwhile;
  int calls = 0;
  template <class Body>
  void operator()(int workers, Body body) {
    ++calls;
    meanwhile();
    for (int worker = 0; worker < workers; ++worker) body(worker);
  }
};
template <class Meanwhile>
Interrupted(Meanwhile) -> Interrupted<Meanwhile>;

}  // namespace

TEST_CASE("an encoder in use refuses a second caller, and is not disturbed") {
  const TrainerCore trainer = trainer_of<Wide>(most);
  const std::vector<float> x = samples_of<Wide>(most), other = samples_of<Wide>(most, 8);
  InferenceCore encoder = part_of<Wide, Role::encode>(trainer, most);
  std::vector<float> expected(most * 20), found(expected.size()), nothing(expected.size(), 7.0f);
  encoder.run(x, expected);
  Interrupted team{[&] {
    CHECK(encoder.try_run({other.data(), most}, {nothing.data(), most}) == Fault::in_use);
    CHECK_THROWS_WITH(encoder.run(other, nothing), told);
    CHECK_THROWS_WITH(encoder.write(trainer.read(false), "test"), told);
    CHECK_THROWS_WITH(encoder.set_weights(Weights::bf16()), told);
    CHECK_THROWS_WITH(InferenceCore(shared_weights, encoder, 1), told);
  }};
  encoder.set_threads(Threads::of_host(2, team));
  for (int run = 0; run < 20; ++run) {  // One worker does some of them, and calls no team.
    encoder.run(x, found);
    CHECK(found == expected);
  }
  CHECK(team.calls > 0);
  CHECK(nothing == std::vector<float>(expected.size(), 7.0f));
}

TEST_CASE("a trainer in use refuses a second caller, and is not disturbed") {
  const std::vector<float> x = samples_of<Wide>(most), other = samples_of<Wide>(most, 8);
  TrainerCore trainer = trainer_of<Wide>(most), alone = trainer_of<Wide>(most);
  Interrupted team{[&] {
    CHECK(trainer.try_step({other.data(), most}).fault == Fault::in_use);
    CHECK(trainer.try_evaluate({other.data(), most}).fault == Fault::in_use);
    CHECK_THROWS_WITH(trainer.step(other), told);
    CHECK_THROWS_WITH(trainer.evaluate(other), told);
    CHECK_THROWS_WITH(trainer.read(true), told);
    CHECK_THROWS_WITH(trainer.write({}, false, 0, "test"), told);
    CHECK_THROWS_WITH(trainer.initialize_from_data(0.5), told);
  }};
  trainer.set_threads(Threads::of_host(2, team));
  for (int step = 0; step < 10; ++step) CHECK(trainer.step(x) == alone.step(x));
  CHECK(team.calls > 0);
  CHECK(same_bits(trainer.read(true), alone.read(true)));
}

TEST_CASE("what threads get from one encoder is right or refused") {
  const TrainerCore trainer = trainer_of<Wide>(most);
  InferenceCore encoder = part_of<Wide, Role::encode>(trainer, most);
  encoder.set_threads(Threads::none());
  int wrong = 0, done = 0;
  std::mutex counting;
  // Before the threads start: a trainer that one of them reads is in use for the other.
  InferenceCore alone = part_of<Wide, Role::encode>(trainer, most);
  std::vector<float> x[2], expected[2];
  for (std::uint32_t k : {0u, 1u}) {
    x[k] = samples_of<Wide>(most, 3 + k);
    expected[k].resize(most * 20);
    alone.run(x[k], expected[k]);
  }
  const auto call = [&](std::size_t k) {
    std::vector<float> found(expected[k].size());
    for (int i = 0; i < 200; ++i) {
      const Fault fault = encoder.try_run({x[k].data(), most}, {found.data(), most});
      const std::lock_guard lock(counting);
      wrong += fault == Fault::none ? found != expected[k] : fault != Fault::in_use;
      done += fault == Fault::none;
    }
  };
  std::thread first(call, 0), second(call, 1);
  first.join();
  second.join();
  CHECK(wrong == 0);
  CHECK(done > 0);
}
