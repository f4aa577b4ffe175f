// Predictions that are known by hand, and what must hold for all.
#include <isthmus/schedule/policy.hpp>
#include <isthmus/schedule/simulate.hpp>

#include "support/catch.hpp"
#include "support/task_graphs.hpp"

#include <numeric>
#include <stdexcept>

using namespace isthmus;
using namespace isthmus::testing;
using schedule::Costs;
using schedule::Execution;
using schedule::Machine;
using schedule::Prediction;
using schedule::Schedule;
using schedule::TaskGraph;

namespace {

Schedule lists(std::vector<std::vector<int>> tasks, std::vector<int> phase = {}) {
  return {Execution::lists, {}, std::move(tasks), std::move(phase)};
}
Schedule dynamic(std::vector<double> priority) { return {Execution::dynamic, std::move(priority), {}, {}}; }

}  // namespace

TEST_CASE("lists run as their tasks allow") {
  //   0 (1 s) → 1 (2 s) → 3 (1 s),  0 → 2 (5 s) → 3
  const TaskGraph graph = graph_of({1, 2, 5, 1}, {{0, 1}, {0, 2}, {1, 3}, {2, 3}});
  const Costs costs{{1, 2, 5, 1}, {}, {}};
  const Prediction p = simulate(graph, lists({{0, 1, 3}, {2}}), costs, {.workers = 2});
  CHECK(p.begin == std::vector<double>{0, 1, 1, 6});
  CHECK(p.end == std::vector<double>{1, 3, 6, 7});
  CHECK(p.worker == std::vector<int>{0, 0, 1, 0});
  CHECK(p.busy == std::vector<double>{4, 5});
  CHECK(p.seconds == 7);
}

TEST_CASE("each task costs its administration, and each barrier its own") {
  const TaskGraph graph = graph_of({1, 1, 1}, {});
  const Costs costs{{1, 2, 3}, {}, {}};
  const Machine machine{.workers = 2, .seconds_per_task = 0.5, .seconds_per_barrier = 0.25};
  CHECK(simulate(graph, lists({{0, 1, 2}, {}}), costs, machine).seconds == 7.5);
  const Prediction p = simulate(graph, lists({{0, 2}, {1}}, {0, 0, 7}), costs, machine);
  CHECK(p.begin == std::vector<double>{0, 0, 2.75});
  CHECK(p.seconds == 6.25);
}

TEST_CASE("of ready tasks the most urgent starts first") {
  const TaskGraph graph = graph_of({1, 1, 1}, {});
  const Costs costs{{1, 1, 1}, {}, {}};
  CHECK(simulate(graph, dynamic({1, 3, 2}), costs, {}).begin == std::vector<double>{2, 0, 1});
  CHECK(simulate(graph, dynamic({1, 1, 1}), costs, {}).begin == std::vector<double>{0, 1, 2});
}

TEST_CASE("without priorities, what has been ready for longest starts first") {
  // 2 becomes ready when 0 has ended; 1 has been ready since the start.
  const TaskGraph graph = graph_of({1, 1, 1}, {{0, 2}});
  const Costs costs{{1, 1, 1}, {}, {}};
  CHECK(simulate(graph, {Execution::flow_graph, {}, {}, {}}, costs, {}).begin == std::vector<double>{0, 1, 2});
}

TEST_CASE("tasks that want more than the memory gives slow each other down") {
  const TaskGraph graph = graph_of({1, 1}, {});
  const Machine machine{.workers = 2, .bytes_per_second = 10};
  // Alone, each would draw 10 bytes per second: side by side each takes twice as long.
  CHECK(simulate(graph, lists({{0}, {1}}), {{1, 1}, {10, 10}, {}}, machine).seconds == Approx(2));
  // One draws 2, the other 10: the first is not slowed down, the second gets 8 for a second, then 10.
  const Prediction p = simulate(graph, lists({{0}, {1}}), {{1, 1}, {2, 10}, {}}, machine);
  CHECK(p.end[0] == Approx(1));
  CHECK(p.end[1] == Approx(1.2));
  // One at a time nothing is slowed down.
  CHECK(simulate(graph, lists({{0, 1}}), {{1, 1}, {10, 10}, {}}, machine).seconds == 2);
  // More than the machine gives even alone.
  CHECK(simulate(graph, lists({{0, 1}}), {{1, 1}, {10, 40}, {}}, machine).seconds == Approx(5));
}

TEST_CASE("the bound is the work or the longest path") {
  const TaskGraph graph = graph_of({1, 1, 1, 1}, {{0, 1}});
  const Costs costs{{3, 4, 1, 8}, {}, {}};
  CHECK(lower_bound(graph, costs, 1) == 16);
  CHECK(lower_bound(graph, costs, 2) == 8);
  CHECK(lower_bound(graph_of({1, 1}, {{0, 1}}), {{3, 4}, {}, {}}, 8) == 7);
  CHECK(lower_bound(graph_of({}, {}), {}, 2) == 0);
}

TEST_CASE("costs that do not fit the graph are refused") {
  CHECK_THROWS_AS(simulate(chain(3), dynamic({1, 1, 1}), {{1, 1}, {}, {}}, {}), std::invalid_argument);
  CHECK_THROWS_WITH(lower_bound(chain(3), {{1, 1, 1}, {1}, {}}, 1),
                    "costs: expected those of 3 tasks, found 3 of time and 1 of bytes");
  CHECK_THROWS_AS(simulate(chain(3), dynamic({1, 1}), {{1, 1, 1}, {}, {}}, {}), std::invalid_argument);
}

TEST_CASE(
    "every prediction keeps the edges, gives a worker one task at a time, and is no shorter than the bound") {
  for_each_task_graph([](const TaskGraph& graph) {
    Costs costs = schedule::estimate_costs(graph, 1);
    for (int t = 0; t < graph.size(); ++t) costs.bytes.push_back(t % 7);
    for (const auto& policy : schedule::policies())
      for (const int workers : {1, 2, 3, 16})
        for (const double bandwidth : {1e9, 0.5}) {
          INFO(policy.name << ", " << workers << " workers, " << graph.size() << " tasks");
          const Schedule schedule = make_schedule(policy, graph, costs, workers);
          const Prediction p = simulate(graph, schedule, costs, {workers, 0.25, 0, bandwidth});
          int early = 0, shared = 0;
          for (const auto& [before, after] : edges_of(graph))
            early += p.begin[static_cast<std::size_t>(after)] < p.end[static_cast<std::size_t>(before)];
          for (std::size_t a = 0; a < p.begin.size(); ++a)
            for (std::size_t b = 0; b < a; ++b)
              shared += p.worker[a] == p.worker[b] && p.begin[a] < p.end[b] && p.begin[b] < p.end[a];
          CHECK(early == 0);
          CHECK(shared == 0);
          Costs with_administration = costs;
          for (double& s : with_administration.seconds) s += 0.25;
          CHECK(p.seconds >= lower_bound(graph, with_administration, workers) * (1 - 1e-12));
          // And greedy ones, without barriers, are no longer than Graham's bound.
          const double work =
              std::accumulate(with_administration.seconds.begin(), with_administration.seconds.end(), 0.0);
          if (bandwidth > 1 && schedule.execution != Execution::lists)
            CHECK(p.seconds <= work / workers + lower_bound(graph, with_administration, 1 << 20) * (1 + 1e-12));
          const double busy = std::accumulate(p.busy.begin(), p.busy.end(), 0.0);
          CHECK(busy <= p.seconds * workers * (1 + 1e-12));
          if (bandwidth > 1) CHECK(busy == Approx(work));
        }
  });
}
