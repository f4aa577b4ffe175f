// On a host's threads: the same bits, no thread beside them, none of OpenMP's settings changed.
#include <isthmus_models/dense.hpp>

#include "support/catch.hpp"
#include "support/numbers.hpp"

#include <isthmus/schedule/policy.hpp>
#include <isthmus/schedule/rank.hpp>

#include <omp.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <sched.h>

#include <cstring>
#include <filesystem>
#include <iterator>
#include <tuple>

using namespace isthmus;
using namespace isthmus::testing;
using graphs::Dense;

namespace {

constexpr int most = 256;

std::vector<float> after_three_steps(const Threads& threads, double& loss) {
  const std::vector<float> x = floats(most * 784, 3, 0, 1);
  Trainer<Dense, most> trainer(7);
  trainer.set_threads(threads);
  for (int i = 0; i < 3; ++i) loss = trainer.step(x);
  loss += trainer.evaluate(x);
  std::vector<float> all;
  for (const NamedTensor& tensor : trainer.read(true))
    all.insert(all.end(), tensor.values.begin(), tensor.values.end());
  return all;
}

/// An OpenMP host: a team of as many threads as there are workers.
struct Team {
  int calls = 0;
  template <class Body>
  void operator()(int workers, Body body) {
    ++calls;
#pragma omp parallel num_threads(workers)
    body(omp_get_thread_num());
  }
};

std::ptrdiff_t threads_of_process() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"),
                       std::filesystem::directory_iterator());
}

auto settings_of_openmp() {
  omp_sched_t kind;
  int chunk = 0;
  omp_get_schedule(&kind, &chunk);
  return std::tuple(omp_get_max_threads(), omp_get_dynamic(), omp_get_max_active_levels(), omp_get_thread_limit(),
                    omp_get_proc_bind(), static_cast<int>(kind), chunk);
}

}  // namespace

TEST_CASE("a host's team, an arena, the current arena and nobody else compute the same bits") {
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 3);
  double expected = 0;
  const std::vector<float> alone = after_three_steps(Threads::none(), expected);
  const auto same = [&](const Threads& threads) {
    double loss = 0;
    return after_three_steps(threads, loss) == alone && loss == expected;
  };
  CHECK(same({}));
  tbb::task_arena arena(2);
  CHECK(same(Threads::in(arena)));
  for (const int workers : {1, 2, 3}) {
    INFO(workers << " workers");
    Team team;
    CHECK(same(Threads::of_host(workers, team)));
    CHECK((team.calls > 0) == (workers > 1));
  }
  // Whoever calls late, one after the other, or not at all.
  CHECK(same(Threads::of_host(4, [](void*, int workers, Threads::Body body, void* argument) {
    for (int worker = workers; worker-- > 0;) body(argument, worker);
  })));
  CHECK(same(Threads::of_host(2, [](void*, int, Threads::Body, void*) {})));
}

TEST_CASE("a host's team follows every schedule") {
  double expected = 0;
  const std::vector<float> alone = after_three_steps(Threads::none(), expected);
  const std::vector<float> x = floats(most * 784, 3, 0, 1);
  for (const schedule::NamedPolicy& policy : schedule::policies()) {
    INFO(policy.name);
    Team team;
    Trainer<Dense, most> trainer(7);
    trainer.set_threads(Threads::of_host(2, team));
    const schedule::TaskGraph& graph = trainer.training_session().executor().graph();
    trainer.follow(schedule::make_schedule(policy.make, graph, schedule::estimate_costs(graph, 2), 2));
    double loss = 0;
    for (int i = 0; i < 3; ++i) loss = trainer.step(x);
    loss += trainer.evaluate(x);
    CHECK(loss == expected);
  }
}

TEST_CASE("no thread is made beyond the host's, and OpenMP's settings stay") {
  omp_set_num_threads(2);
  omp_set_dynamic(0);
  omp_set_schedule(omp_sched_guided, 5);
  Team team;
  team(2, [](int) {});  // The host has its threads before the library comes.
  cpu_set_t affinity;
  CPU_ZERO(&affinity);
  REQUIRE(sched_getaffinity(0, sizeof affinity, &affinity) == 0);
  const auto settings = settings_of_openmp();
  const std::ptrdiff_t before = threads_of_process();

  double loss = 0;
  after_three_steps(Threads::none(), loss);
  CHECK(threads_of_process() == before);
  after_three_steps(Threads::of_host(2, team), loss);
  CHECK(threads_of_process() == before);

  CHECK(settings_of_openmp() == settings);
  cpu_set_t affinity_after;
  CPU_ZERO(&affinity_after);
  REQUIRE(sched_getaffinity(0, sizeof affinity_after, &affinity_after) == 0);
  CHECK(CPU_EQUAL(&affinity, &affinity_after));
}
