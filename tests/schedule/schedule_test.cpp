// Schedules that are refused, each with its message, and the order in which one worker runs lists.
#include <isthmus/schedule/rank.hpp>
#include <isthmus/schedule/schedule.hpp>

#include "support/catch.hpp"
#include "support/task_graphs.hpp"

#include <limits>
#include <stdexcept>

using namespace isthmus;
using namespace isthmus::testing;
using schedule::Execution;
using schedule::Schedule;
using schedule::TaskGraph;

namespace {

Schedule lists(std::vector<std::vector<int>> tasks, std::vector<int> phase = {}) {
  return {Execution::lists, {}, std::move(tasks), std::move(phase)};
}
Schedule dynamic(std::vector<double> priority) { return {Execution::dynamic, std::move(priority), {}, {}}; }

//   0 → 1 → 3,  0 → 2 → 3
const TaskGraph diamond = graph_of({1, 1, 1, 1}, {{0, 1}, {0, 2}, {1, 3}, {2, 3}});

}  // namespace

TEST_CASE("a schedule that fits is accepted") {
  CHECK_NOTHROW(validate(diamond, lists({{0, 1, 3}, {2}}), 2));
  CHECK_NOTHROW(validate(diamond, lists({{0, 2}, {}, {1, 3}}), 4));
  CHECK_NOTHROW(validate(diamond, lists({{0, 1}, {2, 3}}, {0, 4, 4, 9}), 2));
  CHECK_NOTHROW(validate(diamond, dynamic({1, 1, 1, 1}), 1));
  CHECK_NOTHROW(validate(diamond, {Execution::flow_graph, {}, {}, {}}, 3));
  CHECK_NOTHROW(validate(graph_of({}, {}), lists({}), 1));
}

TEST_CASE("a schedule that lacks a task, or has one twice, is refused by name") {
  CHECK_THROWS_AS(validate(diamond, lists({{0, 1, 3}}), 1), std::invalid_argument);
  CHECK_THROWS_WITH(validate(diamond, lists({{0, 1, 3}, {}}), 2),
                    "schedule: expected task 2 in a worker's list, found it in none");
  CHECK_THROWS_WITH(validate(diamond, lists({{0, 1, 3}, {2, 1}}), 2),
                    "schedule: expected task 1 once, found it in the lists of workers 0 and 1");
  CHECK_THROWS_WITH(validate(diamond, lists({{0, 1, 2, 3, 4}}), 1),
                    "schedule: expected tasks below 4, found task 4");
  CHECK_THROWS_WITH(validate(diamond, lists({{0, -1}}), 1), "schedule: expected tasks below 4, found task -1");
  CHECK_THROWS_WITH(validate(diamond, lists({{0, 1}, {2}, {3}}), 2),
                    "schedule: expected lists for at most 2 workers, found 3");
  CHECK_THROWS_WITH(validate(diamond, lists({{0, 1, 2, 3}}), 0), "schedule: expected at least 1 worker, found 0");
}

TEST_CASE("an order in which somebody would wait for ever is refused") {
  CHECK_THROWS_WITH(
      validate(diamond, lists({{1, 0, 2, 3}}), 1),
      "schedule: expected an order that agrees with the edges, found task 1 waiting for task 0 for ever");
  // Each list agrees with the edges; together they wait in a circle: 0 → 1, 2 → 3.
  const TaskGraph two = graph_of({1, 1, 1, 1}, {{0, 1}, {2, 3}});
  CHECK_NOTHROW(validate(two, lists({{0, 3}, {2, 1}}), 2));
  CHECK_THROWS_WITH(validate(two, lists({{3, 0}, {1, 2}}), 2), Catch::Contains("for ever"));
}

TEST_CASE("phases that contradict the lists or the edges are refused") {
  CHECK_THROWS_WITH(validate(diamond, lists({{0, 1, 2, 3}}, {0, 1, 1}), 1),
                    "schedule: expected a phase for each of 4 tasks, or none, found 3");
  CHECK_THROWS_WITH(validate(diamond, lists({{0, 1, 2, 3}}, {0, 2, 1, 3}), 1),
                    "schedule: expected phases that do not fall along a list, found task 2 behind task 1");
  CHECK_THROWS_WITH(
      validate(diamond, lists({{0, 1}, {2}, {3}}, {0, 1, 1, 0}), 3),
      "schedule: expected an order that agrees with the edges, found task 3 waiting for task 1 for ever");
}

TEST_CASE("priorities are numbers, one for each task") {
  CHECK_THROWS_WITH(validate(diamond, dynamic({1, 2}), 1),
                    "schedule: expected a priority for each of 4 tasks, found 2");
  CHECK_THROWS_WITH(validate(diamond, dynamic({1, 2, std::numeric_limits<double>::quiet_NaN(), 3}), 1),
                    "schedule: expected a number as the priority of task 2, found NaN");
}

TEST_CASE("one worker goes through the first list as far as it can") {
  CHECK(sequential_order(diamond, lists({{0, 1, 3}, {2}})) == std::vector<int>{0, 1, 2, 3});
  CHECK(sequential_order(diamond, lists({{2, 3}, {0, 1}})) == std::vector<int>{0, 1, 2, 3});
  // A barrier: task 1 may not start before task 2 has ended.
  CHECK(sequential_order(diamond, lists({{0, 1}, {2, 3}}, {0, 2, 1, 3})) == std::vector<int>{0, 2, 1, 3});
}

TEST_CASE("one worker takes the most urgent task that is ready, and of equal ones the first") {
  CHECK(sequential_order(diamond, dynamic({0, 1, 2, 9})) == std::vector<int>{0, 2, 1, 3});
  CHECK(sequential_order(diamond, dynamic({0, 1, 1, 0})) == std::vector<int>{0, 1, 2, 3});
  CHECK(sequential_order(diamond, {Execution::flow_graph, {}, {}, {}}) == std::vector<int>{0, 1, 2, 3});
}

TEST_CASE("any topological order, dealt to any workers, is accepted") {
  for_each_task_graph([](const TaskGraph& graph) {
    const std::vector<int> order = schedule::topological_order(graph);
    Draw draw(static_cast<std::uint32_t>(graph.size()));
    for (const int workers : {1, 2, 5}) {
      Schedule dealt = lists(std::vector<std::vector<int>>(static_cast<std::size_t>(workers)));
      for (const int t : order) dealt.lists[static_cast<std::size_t>(draw(workers))].push_back(t);
      CHECK_NOTHROW(validate(graph, dealt, workers));
      // One beside the other: a task that stands before one that it waits for is found.
      if (workers > 1 || graph.successors.empty()) continue;
      const auto [before, after] = edges_of(graph).front();
      std::vector<int>& list = dealt.lists[0];
      std::swap(*std::find(list.begin(), list.end(), before), *std::find(list.begin(), list.end(), after));
      CHECK_THROWS_AS(validate(graph, dealt, workers), std::invalid_argument);
    }
  });
}
