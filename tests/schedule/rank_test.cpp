// Ranks on graphs whose ranks are known by hand.
#include <isthmus/schedule/rank.hpp>

#include "schedule/programs.hpp"
#include "support/catch.hpp"

#include <stdexcept>

using namespace isthmus;
using namespace isthmus::testing;
using schedule::Task;
using schedule::TaskGraph;

TEST_CASE("a rank is the cost of the longest way to the end") {
  //   0 → 1 → 3,  0 → 2 → 3,  4 alone
  const TaskGraph graph = graph_of({10, 5, 20, 7, 100}, {{0, 1}, {0, 2}, {1, 3}, {2, 3}});
  CHECK(schedule::upward_ranks(graph) == std::vector<double>{37, 12, 27, 7, 100});
  CHECK(schedule::critical_path(graph) == 100);
}

TEST_CASE("a task that costs nothing is still a step before its successor") {
  const TaskGraph graph = graph_of({0, 0, 5}, {{0, 1}, {1, 2}});
  CHECK(schedule::upward_ranks(graph) == std::vector<double>{7, 6, 5});
}

TEST_CASE("the most urgent task comes first, and equally urgent ones keep their order") {
  const TaskGraph graph = graph_of({10, 5, 20, 7, 12}, {{0, 1}, {0, 2}, {1, 3}, {2, 3}});
  const TaskGraph sorted = schedule::sort_by_urgency(graph);
  std::vector<int> order;
  for (const Task& task : sorted.tasks) order.push_back(task.group);
  CHECK(order == std::vector<int>{0, 2, 1, 4, 3});
  CHECK(edges_of(sorted) == std::vector<std::pair<int, int>>{{0, 1}, {0, 2}, {1, 4}, {2, 4}});
}

TEST_CASE("the order of urgency is topological for every program") {
  for_each_plan([](const plan::PlanView& plan) {
    const plan::MemoryPlan memory = plan::plan_memory(plan, 128);
    const TaskGraph graph = schedule::make_task_graph(plan, memory, 128);
    const TaskGraph sorted = schedule::sort_by_urgency(graph);
    CHECK(sorted.size() == graph.size());
    CHECK(edges_of(sorted).size() == edges_of(graph).size());
    int backwards = 0;
    for (const auto& [before, after] : edges_of(sorted)) backwards += before >= after;
    CHECK(backwards == 0);
    const auto rank = schedule::upward_ranks(sorted);
    CHECK(std::is_sorted(rank.rbegin(), rank.rend()));
    CHECK(schedule::critical_path(sorted) == schedule::critical_path(graph));
  });
}

TEST_CASE("a cycle is refused") {
  CHECK_THROWS_AS(schedule::upward_ranks(graph_of({1, 1, 1}, {{0, 1}, {1, 2}, {2, 0}})), std::invalid_argument);
  CHECK_THROWS_WITH(schedule::sort_by_urgency(graph_of({1}, {{0, 0}})), "task graph: expected no cycle");
}

TEST_CASE("no tasks, no path") {
  CHECK(schedule::critical_path(graph_of({}, {})) == 0);
  CHECK(schedule::sort_by_urgency(graph_of({}, {})).size() == 0);
}

TEST_CASE("ranks by given costs are the longest ways, and nothing is added for a task that costs nothing") {
  const TaskGraph graph = graph_of({9, 9, 9, 9}, {{0, 1}, {0, 2}, {1, 3}, {2, 3}});
  const std::vector<double> seconds{1, 2, 0, 3};
  CHECK(schedule::upward_ranks(graph, seconds) == std::vector<double>{6, 5, 3, 3});
  CHECK(schedule::longest_path(graph, seconds) == std::vector<int>{0, 1, 3});
  CHECK(schedule::longest_path(graph_of({}, {}), {}).empty());
}

TEST_CASE(
    "the orders are topological, even where all ranks are equal, and a longest path is as long as its rank") {
  for_each_task_graph([](const TaskGraph& graph) {
    std::vector<double> seconds;
    for (const Task& task : graph.tasks) seconds.push_back(task.cost);
    const std::vector<double> nothing(seconds.size(), 0.0);
    for (const auto& order : {schedule::topological_order(graph), schedule::order_of_urgency(graph, seconds),
                              schedule::order_of_urgency(graph, nothing)}) {
      REQUIRE(order.size() == graph.tasks.size());
      std::vector<int> place(order.size(), -1);
      for (std::size_t i = 0; i < order.size(); ++i)
        place[static_cast<std::size_t>(order[i])] = static_cast<int>(i);
      CHECK(std::find(place.begin(), place.end(), -1) == place.end());
      for (const auto& [before, after] : edges_of(graph))
        CHECK(place[static_cast<std::size_t>(before)] < place[static_cast<std::size_t>(after)]);
    }
    const std::vector<double> rank = schedule::upward_ranks(graph, seconds);
    const std::vector<int> path = schedule::longest_path(graph, seconds);
    double length = 0;
    for (const int t : path) length += seconds[static_cast<std::size_t>(t)];
    CHECK(length == (rank.empty() ? 0.0 : *std::max_element(rank.begin(), rank.end())));
    const auto edges = edges_of(graph);
    for (std::size_t i = 1; i < path.size(); ++i)
      CHECK(std::count(edges.begin(), edges.end(), std::pair{path[i - 1], path[i]}) == 1);
  });
}

TEST_CASE("a long chain does not exhaust the stack") {
  // Depth-first searches are written recursively in many places; Boost.Graph's has a stack of its own.
  const TaskGraph graph = chain(200'000);
  CHECK(schedule::topological_order(graph).size() == 200'000);
  CHECK(schedule::critical_path(graph) == 200'000);
}
