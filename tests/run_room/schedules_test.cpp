// Every policy's schedule, run: every task once, after its predecessors and after the phases before its own.
#include <isthmus/run/executor.hpp>
#include <isthmus/schedule/policy.hpp>
#include <isthmus/schedule/rank.hpp>

#include "run_room/flow_graph_visible.hpp"
#include "support/catch.hpp"
#include "support/task_graphs.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <chrono>
#include <cmath>
#include <stdexcept>
#include <thread>

using namespace isthmus;
using namespace isthmus::run;
using namespace isthmus::testing;
using schedule::Execution;
using schedule::Schedule;
using schedule::TaskGraph;

namespace {

/// Gives each task a number made of those of its predecessors: what comes out depends on the order that the edges
/// keep, and on nothing else.
class Sums {
 public:
  explicit Sums(const TaskGraph& graph)
      : before_(graph.tasks.size()),
        runs_(new std::atomic<int>[graph.tasks.size()]),
        values(graph.tasks.size(), 0.0) {
    for (const auto& [a, b] : edges_of(graph)) before_[static_cast<std::size_t>(b)].push_back(a);
    for (std::size_t t = 0; t < values.size(); ++t) runs_[t] = 0;
  }

  TaskBody body() {
    return {[](void* self, int t) noexcept { static_cast<Sums*>(self)->add(static_cast<std::size_t>(t)); }, this};
  }
  void clear() {
    std::fill(values.begin(), values.end(), 0.0);
    for (std::size_t t = 0; t < values.size(); ++t) runs_[t] = 0;
  }
  bool each_ran_once() const {
    return std::all_of(runs_.get(), runs_.get() + values.size(), [](const std::atomic<int>& n) { return n == 1; });
  }

 private:
  void add(std::size_t t) {
    // Some tasks take longer, so that workers meet in many ways.
    double sum = 1 + static_cast<double>(t);
    for (int i = t % 5 == 0 ? 300 : 0; i > 0; --i) sum = std::sqrt(sum + 1);
    for (const int b : before_[t]) sum = std::sqrt(sum * 3 + values[static_cast<std::size_t>(b)]);
    values[t] = sum;
    ++runs_[t];
    if (std::this_thread::get_id() != caller_) ++by_helpers;
  }

  std::vector<std::vector<int>> before_;
  std::unique_ptr<std::atomic<int>[]> runs_;
  std::thread::id caller_ = std::this_thread::get_id();

 public:
  std::atomic<long> by_helpers{0};
  std::vector<double> values;
};

const TaskGraph small_graphs[] = {cholesky(6),          wavefront(9),        chain(40),
                                  fork_join(4, 6),      layered(1, 8, 6, 3), random_dag(2, 150, 3),
                                  random_dag(3, 60, 0), graph_of({1}, {})};

Schedule lists(std::vector<std::vector<int>> tasks, std::vector<int> phase = {}) {
  return {Execution::lists, {}, std::move(tasks), std::move(phase)};
}

}  // namespace

TEST_CASE("every policy on every graph: each task once, in order, the same bits for any number of workers") {
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 4);
  long by_helpers = 0;
  for (const TaskGraph& unsorted : small_graphs) {
    const TaskGraph graph = schedule::sort_by_urgency(unsorted);
    const schedule::Costs costs = schedule::estimate_costs(graph, 1);
    Executor executor(graph);
    Sums sums(graph);
    executor.run(sums.body(), {}, 1);
    const std::vector<double> expected = sums.values;
    for (const auto& policy : schedule::policies()) {
      if (policy.name == "flow_graph" && !is_flow_graph_visible) continue;
      // Lists for three, whoever comes.
      for (const int planned : {1, 3})
        for (const int workers : {1, 2, 3, 4}) {
          executor.follow(make_schedule(policy, graph, costs, planned));
          tbb::task_arena arena(workers);
          int wrong = 0;
          for (int repeat = 0; repeat < 200; ++repeat) {
            sums.clear();
            arena.execute([&] { executor.run(sums.body(), {}, 1 << 20); });
            wrong += sums.values != expected || !sums.each_ran_once();
          }
          INFO(policy.name << ", planned for " << planned << ", " << workers << " workers, " << graph.size()
                           << " tasks");
          CHECK(wrong == 0);
        }
    }
    by_helpers += sums.by_helpers;
  }
  CHECK(by_helpers > 0);  // it was not the caller alone
}

namespace {

struct Barriers {
  const std::vector<int>* phase;
  std::atomic<int> latest{0};
  std::atomic<int> early{0};
};

}  // namespace

TEST_CASE("no task starts before the phases before its own are over") {
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 4);
  const TaskGraph graph = random_dag(1, 200, 0);
  std::vector<std::vector<int>> dealt(4);
  std::vector<int> phase(200, 0);
  for (int t = 0; t < 200; ++t) {
    phase[static_cast<std::size_t>(t)] = t / 25;
    dealt[static_cast<std::size_t>(t * 7 % 4)].push_back(t);
  }
  Executor executor(graph);
  executor.follow(lists(dealt, phase));
  Barriers barriers{&phase};
  // Once a task of a later phase has started, none of an earlier one may.
  const TaskBody body{[](void* context, int t) noexcept {
                        Barriers& b = *static_cast<Barriers*>(context);
                        const int mine = (*b.phase)[static_cast<std::size_t>(t)];
                        int latest = b.latest.load();
                        if (latest > mine) ++b.early;
                        while (latest < mine && !b.latest.compare_exchange_weak(latest, mine)) {
                        }
                      },
                      &barriers};
  for (const int workers : {1, 2, 4})
    for (int repeat = 0; repeat < 100; ++repeat) {
      barriers.latest = 0;
      tbb::task_arena(workers).execute([&] { executor.run(body, {}, 1 << 20); });
    }
  CHECK(barriers.early == 0);
}

TEST_CASE("with all workers there, each list stays with one of them") {
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 2);
  // Two lists that wait for each other at every step; each task lasts until the helper has surely come.
  TaskGraph graph = graph_of({1, 1, 1, 1}, {});
  Executor executor(graph);
  executor.follow(lists({{0, 1}, {2, 3}}));
  struct Who {
    std::atomic<int> started{0};
    std::thread::id by[4];
  } who;
  const TaskBody body{[](void* context, int t) noexcept {
                        Who& self = *static_cast<Who*>(context);
                        self.by[t] = std::this_thread::get_id();
                        ++self.started;
                        // The first task of each list waits for that of the other.
                        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
                        while (self.started < 2 && std::chrono::steady_clock::now() < end)
                          std::this_thread::yield();
                      },
                      &who};
  tbb::task_arena(2).execute([&] { executor.run(body, {}, 2); });
  CHECK(who.by[0] == std::this_thread::get_id());
  CHECK(who.by[2] != who.by[0]);
}

TEST_CASE("one worker follows the schedule's order") {
  const TaskGraph graph = graph_of({1, 1, 1, 1, 1}, {{0, 4}});
  Executor executor(graph);
  std::vector<int> order;
  order.reserve(100);
  const TaskBody body{[](void* list, int t) noexcept { static_cast<std::vector<int>*>(list)->push_back(t); },
                      &order};
  const auto run = [&](const Schedule& schedule) {
    executor.follow(schedule);
    order.clear();
    executor.run(body, {}, 1);
    return order;
  };
  CHECK(run(lists({{3, 1}, {2, 0, 4}})) == std::vector<int>{3, 1, 2, 0, 4});
  CHECK(run({Execution::dynamic, {1, 5, 4, 3, 9}, {}, {}}) == std::vector<int>{1, 2, 3, 0, 4});
  CHECK(run({Execution::flow_graph, {}, {}, {}}) == std::vector<int>{0, 1, 2, 3, 4});
  CHECK_THROWS_AS(executor.follow(lists({{4, 0, 1, 2, 3}})), std::invalid_argument);
  // A refused schedule has changed nothing.
  order.clear();
  executor.run(body, {}, 1);
  CHECK(order == std::vector<int>{0, 1, 2, 3, 4});
}

TEST_CASE("a worker whose list waits does the idle work, and its list is not held meanwhile") {
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 2);
  // 0 → 1: the second list waits for the first, whose task waits for the idle work.
  const TaskGraph graph = chain(2);
  Executor executor(graph);
  executor.follow(lists({{0}, {1}}));
  struct Idle {
    std::atomic<int> calls{0};
    std::atomic<bool> waited_too_long{false};
  } idle;
  const TaskBody body{[](void* context, int) noexcept {
                        Idle& self = *static_cast<Idle*>(context);
                        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
                        while (self.calls < 3 && !self.waited_too_long)
                          self.waited_too_long = std::chrono::steady_clock::now() > end;
                      },
                      &idle};
  const IdleWork work{[](void* context) noexcept { return ++static_cast<Idle*>(context)->calls < 3; }, &idle};
  tbb::task_arena(2).execute([&] { executor.run(body, work, 2); });
  CHECK_FALSE(idle.waited_too_long);
  CHECK(idle.calls >= 3);  // the caller may ask once more at its end
}

TEST_CASE("no tasks, and lists without tasks, end at once") {
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 4);
  std::atomic<int> calls{0};
  const TaskBody body{[](void* counter, int) noexcept { ++*static_cast<std::atomic<int>*>(counter); }, &calls};
  Executor empty(graph_of({}, {}));
  Executor one(graph_of({1}, {}));
  for (const Schedule& schedule : {lists({}), lists({{}, {}, {}}), Schedule{Execution::flow_graph, {}, {}, {}}}) {
    empty.follow(schedule);
    tbb::task_arena(2).execute([&] { empty.run(body, {}, 2); });
  }
  CHECK(calls == 0);
  one.follow(lists({{}, {}, {0}}));
  tbb::task_arena(2).execute([&] { one.run(body, {}, 2); });
  CHECK(calls == 1);
}
