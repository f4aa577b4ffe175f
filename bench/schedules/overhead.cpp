// The overhead of scheduling tasks: graphs of known shapes, of tasks that take a known time, run by Isthmus'
// executor (dynamically, and by static lists), by oneTBB's flow graph, by OpenMP's tasks with dependencies, and by
// a plain loop, in turns. Medians.
//
// usage: bench_schedules [THREADS=2] [ROUNDS=7] [MOST_MILLISECONDS=200]
//
// A line is a graph and a task's time; for each contender: the nanoseconds per task beyond what the loop's time
// allows (the larger one of its part for each thread and the critical path), the speed-up over the loop, and the
// allocations of a run. Graphs that would keep the loop longer than MOST_MILLISECONDS are left out.
#include "schedules/contenders.hpp"

#include "support/task_graphs.hpp"
#include "tool/allocation_count.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace {

using namespace bench;
using Clock = std::chrono::steady_clock;
namespace schedule = isthmus::schedule;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

/// Arithmetic that nobody can leave out and no core can overlap.
double compute(int rounds) {
  double x = 1.5;
  for (int i = 0; i < rounds; ++i) x = std::sqrt(x + 1.0);
  return x;
}

/// Rounds per microsecond: the fastest of some tries.
double calibrate() {
  constexpr int rounds = 100'000;
  double best = 1e9, sum = 0;
  for (int i = 0; i < 20; ++i) {
    const auto start = Clock::now();
    sum += compute(rounds);
    best = std::min(best, seconds_since(start));
  }
  return sum > 0 ? rounds / (best * 1e6) : 0;
}

struct Work {
  std::vector<int> rounds;      // by task
  std::vector<double> results;  // by task

  TaskBody body() {
    return {[](void* self, int t) noexcept {
              Work& work = *static_cast<Work*>(self);
              const auto at = static_cast<std::size_t>(t);
              if (work.rounds[at] > 0) work.results[at] = compute(work.rounds[at]);
            },
            this};
  }
};

struct Shape {
  const char* name;
  TaskGraph (*make)(int tasks);
};

int side(int tasks) { return static_cast<int>(std::lround(std::sqrt(tasks))); }

constexpr Shape shapes[] = {
    {"chain", [](int tasks) { return isthmus::testing::chain(tasks); }},
    {"fork-join", [](int tasks) { return isthmus::testing::fork_join(std::max(tasks / 65, 1), 64); }},
    {"layered", [](int tasks) { return isthmus::testing::layered(1, std::max(tasks / 50, 2), 50, 3); }},
    {"wavefront", [](int tasks) { return isthmus::testing::wavefront(side(tasks)); }},
    {"cholesky", [](int tasks) {
       return isthmus::testing::cholesky(static_cast<int>(std::lround(std::cbrt(6.0 * tasks))) - 1);
     }}};

/// Every task takes the same time here: of the graph, the shape alone counts.
void measure(const Shape& shape, const TaskGraph& graph, double microseconds, double rounds_per_microsecond,
             int threads, int rounds) {
  Work work{std::vector<int>(graph.tasks.size(), static_cast<int>(microseconds * rounds_per_microsecond)),
            std::vector<double>(graph.tasks.size(), 0.0)};
  std::vector<std::unique_ptr<Contender>> contenders;
  contenders.push_back(std::make_unique<Loop>(graph));
  for (const char* policy : {"dataflow", "critical_path", "flow_graph"})
    contenders.push_back(std::make_unique<Isthmus>(schedule::find_policy(policy), graph, threads));
  contenders.push_back(std::make_unique<OpenMp>(graph, threads));
  std::vector<std::vector<double>> times(contenders.size());
  std::vector<std::int64_t> allocations(contenders.size(), 0);
  for (int round = -1; round < rounds; ++round)
    for (std::size_t c = 0; c < contenders.size(); ++c) {
      // The last one's threads have gone to sleep, and the first of three runs wakes this one's.
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      for (int run = 0; run < 3; ++run) {
        const std::int64_t before = isthmus::tool::allocation_count();
        const auto start = Clock::now();
        contenders[c]->run(work.body());
        if (round >= 0 && run > 0) times[c].push_back(seconds_since(start));
        allocations[c] = isthmus::tool::allocation_count() - before;
      }
    }
  const double loop = median(times[0]), count = static_cast<double>(graph.size());
  const double path = loop / count * schedule::critical_path(graph);
  const double least = std::max(loop / threads, path);
  std::printf("%-9s %6d %6zu %4.0f %8.1f", shape.name, graph.size(), graph.successors.size(), microseconds,
              loop * 1e9 / count);
  for (std::size_t c = 1; c < contenders.size(); ++c) {
    const double time = median(times[c]);
    std::printf(" | %7.0f %5.2f %6ld", (time - least) * 1e9 / count, loop / time,
                static_cast<long>(allocations[c]));
  }
  std::printf("\n");
  std::fflush(stdout);
}

int number(int argc, char** argv, int i, int otherwise) {
  const int found = argc > i ? std::atoi(argv[i]) : otherwise;
  if (found > 0) return found;
  std::fprintf(stderr, "usage: bench_schedules [THREADS=2] [ROUNDS=7] [MOST_MILLISECONDS=200], numbers from 1\n");
  std::exit(2);
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = number(argc, argv, 1, 2), rounds = number(argc, argv, 2, 7),
            most = number(argc, argv, 3, 200);
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads));
  const double rounds_per_microsecond = calibrate();
  std::printf("%-9s %6s %6s %4s %8s", "graph", "tasks", "edges", "us", "loop ns");
  for (const char* name : {"dataflow", "critical_path", "flow_graph", "openmp"}) std::printf(" | %-20s", name);
  std::printf("\n%37s", "");
  for (int i = 0; i < 4; ++i) std::printf(" | %7s %5s %6s", "ns/task", "x", "allocs");
  std::printf("\n");
  tbb::task_arena(threads).execute([&] {
    for (const Shape& shape : shapes)
      for (const int tasks : {100, 1'000, 10'000, 100'000}) {
        TaskGraph graph = shape.make(tasks);
        for (schedule::Task& task : graph.tasks) task.cost = 1;
        graph = schedule::sort_by_urgency(graph);
        for (const double microseconds : {0.0, 1.0, 10.0, 100.0})
          if (microseconds * graph.size() <= most * 1e3)
            measure(shape, graph, microseconds, rounds_per_microsecond, threads, rounds);
      }
  });
}
