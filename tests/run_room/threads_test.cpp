// The same bits for every number of threads.
#include <isthmus/run/trainer.hpp>

#include "run_room/models.hpp"
#include "support/catch.hpp"
#include "support/numbers.hpp"
#include "support/targets.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <thread>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

std::vector<NamedTensor> after_twenty_steps(int threads, double& loss) {
  const std::vector<float> x = floats(300 * 70, 3, 0, 1);
  tbb::task_arena arena(threads);
  return arena.execute([&] {
    Trainer<Wide, 300> trainer(7);
    for (int i = 0; i < 20; ++i) loss = trainer.step(std::span(x).first(i % 4 == 3 ? 131 * 70 : x.size()));
    return trainer.read(true);
  });
}

}  // namespace

TEST_CASE("twenty steps give the same bits on 1, 2 and 4 threads") {
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 4);
  for_each_target([] {
    double one = 0;
    const auto expected = after_twenty_steps(1, one);
    for (const int threads : {2, 4}) {
      INFO(threads << " threads");
      double loss = 0;
      const auto found = after_twenty_steps(threads, loss);
      CHECK(loss == one);
      REQUIRE(found.size() == expected.size());
      for (std::size_t t = 0; t < found.size(); ++t) {
        INFO(found[t].name);
        const bool same = found[t].values == expected[t].values;
        CHECK(same);
      }
    }
  });
}

TEST_CASE("the model of this test is cut into several tiles, so that the threads have something to share") {
  const Trainer<Wide, 300> trainer(1);
  const auto& tasks = trainer.training_session().executor().graph();
  CHECK(tasks.size() > trainer.training_session().program().plan.group_count + 5);
}

TEST_CASE("two trainers run at the same time in one arena") {
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 4);
  double expected = 0;
  after_twenty_steps(1, expected);
  tbb::task_arena arena(4);
  const std::vector<float> x = floats(300 * 70, 3, 0, 1);
  std::vector<double> losses(2, 0.0);
  std::vector<Trainer<Wide, 300>> trainers;
  for (int i = 0; i < 2; ++i) trainers.emplace_back(7);
  std::vector<std::thread> callers;
  for (std::size_t t = 0; t < trainers.size(); ++t)
    callers.emplace_back([&, t] {
      arena.execute([&] {
        for (int i = 0; i < 20; ++i)
          losses[t] = trainers[t].step(std::span(x).first(i % 4 == 3 ? 131 * 70 : x.size()));
      });
    });
  for (std::thread& caller : callers) caller.join();
  CHECK(losses == std::vector<double>{expected, expected});
}
