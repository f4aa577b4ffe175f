// Every task once, and after its predecessors, for any graph and number of workers.
#include <isthmus/random.hpp>
#include <isthmus/run/executor.hpp>
#include <isthmus/schedule/rank.hpp>

#include "support/catch.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <type_traits>

using namespace isthmus;
using namespace isthmus::run;
using schedule::Task;
using schedule::TaskGraph;

// A body that could throw is refused by the compiler.
static_assert(!std::is_convertible_v<void (*)(void*, int), decltype(TaskBody::call)>);
static_assert(!std::is_convertible_v<bool (*)(void*), decltype(IdleWork::call)>);

namespace {

TaskGraph random_dag(std::uint32_t seed, int tasks, int edges_per_task) {
  TaskGraph graph;
  std::uint64_t count = 0;
  const auto draw = [&](int below) {
    return static_cast<int>(random_word(5, Purpose::example, seed, count++) % static_cast<std::uint32_t>(below));
  };
  std::vector<std::pair<int, int>> edges;
  for (int t = 0; t < tasks; ++t) {
    graph.tasks.push_back(Task{0, 0, 1, 0, 1, 1.0 + draw(100)});
    for (int e = 0; t > 0 && e < draw(edges_per_task + 1); ++e) edges.emplace_back(draw(t), t);
  }
  link(graph, edges);
  return schedule::sort_by_urgency(graph);
}

/// Watches a run: what was done, and whether it was too early.
struct Watch {
  const TaskGraph* graph;
  std::vector<std::vector<int>> before;  // predecessors of each task
  std::unique_ptr<std::atomic<int>[]> done;
  std::atomic<int> early{0};

  explicit Watch(const TaskGraph& g)
      : graph(&g), before(g.tasks.size()), done(new std::atomic<int>[g.tasks.size()]) {
    for (int t = 0; t < g.size(); ++t) {
      done[static_cast<std::size_t>(t)] = 0;
      for (int i = g.first_successor[static_cast<std::size_t>(t)];
           i < g.first_successor[static_cast<std::size_t>(t) + 1]; ++i)
        before[static_cast<std::size_t>(g.successors[static_cast<std::size_t>(i)])].push_back(t);
    }
  }
  TaskBody body() {
    return {[](void* self, int t) noexcept {
              Watch& watch = *static_cast<Watch*>(self);
              for (const int p : watch.before[static_cast<std::size_t>(t)])
                if (watch.done[static_cast<std::size_t>(p)].load() == 0) ++watch.early;
              ++watch.done[static_cast<std::size_t>(t)];
            },
            this};
  }
  bool all_done(int times) const {
    for (int t = 0; t < graph->size(); ++t)
      if (done[static_cast<std::size_t>(t)] != times) return false;
    return true;
  }
};

}  // namespace

TEST_CASE("every task runs once and after its predecessors") {
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 4);
  for (const int workers : {1, 2, 4}) {
    tbb::task_arena arena(workers);
    for (std::uint32_t seed = 0; seed < 40; ++seed) {
      const int tasks = seed % 4 == 0 ? 1 + static_cast<int>(seed) : 20 + 13 * static_cast<int>(seed);
      Executor executor(random_dag(seed, tasks, static_cast<int>(seed % 6)));
      Watch watch(executor.graph());
      for (int repeat = 1; repeat <= 5; ++repeat) {
        for (int t = 0; repeat > 1 && t < tasks; ++t) watch.done[static_cast<std::size_t>(t)] = 0;
        arena.execute([&] { executor.run(watch.body(), {}, 1 << 20); });
        INFO("workers " << workers << ", seed " << seed);
        CHECK(watch.all_done(1));
        CHECK(watch.early == 0);
      }
    }
  }
}

TEST_CASE("one worker runs the tasks in the order of their numbers") {
  Executor executor(random_dag(3, 200, 4));
  std::vector<int> order;
  order.reserve(200);
  const TaskBody body{[](void* list, int t) noexcept { static_cast<std::vector<int>*>(list)->push_back(t); },
                      &order};
  executor.run(body, {}, 1);
  REQUIRE(order.size() == 200);
  CHECK(std::is_sorted(order.begin(), order.end()));
}

TEST_CASE("a graph without tasks ends at once") {
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 4);
  TaskGraph empty;
  link(empty, {});
  Executor executor(empty);
  std::atomic<int> calls{0};
  const TaskBody body{[](void* counter, int) noexcept { ++*static_cast<std::atomic<int>*>(counter); }, &calls};
  tbb::task_arena(2).execute([&] { executor.run(body, {}, 2); });
  CHECK(calls == 0);
}

namespace {

struct Idle {
  std::atomic<int> calls{0};
  std::atomic<bool> waited_too_long{false};
};

}  // namespace

TEST_CASE("a worker without a ready task does the idle work, until there is none left") {
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 4);
  TaskGraph chain;
  chain.tasks.resize(2);
  link(chain, {{0, 1}});
  Executor executor(chain);
  Idle idle;
  // The first task waits for the idle work of the other worker.
  const TaskBody body{[](void* context, int) noexcept {
                        Idle& self = *static_cast<Idle*>(context);
                        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
                        while (self.calls < 3)
                          if (std::chrono::steady_clock::now() > end) {
                            self.waited_too_long = true;
                            break;
                          }
                      },
                      &idle};
  const IdleWork work{[](void* context) noexcept { return ++static_cast<Idle*>(context)->calls < 3; }, &idle};
  tbb::task_arena(2).execute([&] { executor.run(body, work, 2); });
  CHECK_FALSE(idle.waited_too_long);
  CHECK(idle.calls == 3);
}

TEST_CASE("an arena that nobody has chosen gets no more workers than the process may use, a chosen one all") {
  TaskGraph graph;
  for (int t = 0; t < 2; ++t) graph.tasks.push_back(Task{0, 0, 1, 0, 1, 1.0});
  link(graph, {});
  struct Meeting {
    std::thread::id caller = std::this_thread::get_id();
    std::chrono::steady_clock::duration patience = {};
    std::atomic<int> elsewhere{0}, came{0};
    TaskBody body() {
      return {[](void* self, int) noexcept {
                Meeting& meeting = *static_cast<Meeting*>(self);
                meeting.elsewhere += std::this_thread::get_id() != meeting.caller;
                ++meeting.came;
                const auto start = std::chrono::steady_clock::now();
                while (meeting.came < 2 && std::chrono::steady_clock::now() - start < meeting.patience)
                  std::this_thread::yield();
              },
              this};
    }
  };
  Executor executor(graph, {}, 1);
  for (int run = 0; run < 20; ++run) {
    Meeting alone;
    executor.run(alone.body(), {}, 4);
    CHECK(alone.came == 2);
    CHECK(alone.elsewhere == 0);
  }
  const auto meet = [&](const Threads& threads) {
    Meeting meeting;
    meeting.patience = std::chrono::seconds(60);
    executor.run(meeting.body(), {}, 4, threads);
    return meeting.elsewhere == 1;  // Each one waited for the other.
  };
  // A host that has said how many, in one way or another.
  const auto width = static_cast<std::size_t>(std::max(tbb::info::default_concurrency(), 2));
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, width + 1);
  tbb::task_arena wider(static_cast<int>(width) + 1), as_wide(static_cast<int>(width));
  CHECK(wider.execute([&] { return meet({}); }));
  CHECK(meet(Threads::in(as_wide)));
  CHECK(as_wide.execute([&] { return meet({}); }));
}
