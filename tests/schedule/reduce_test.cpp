// Fewer edges, the same order.
#include <isthmus/schedule/race_check.hpp>
#include <isthmus/schedule/rank.hpp>
#include <isthmus/schedule/reduce.hpp>

#include "schedule/programs.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <stdexcept>

using namespace isthmus;
using namespace isthmus::testing;
using schedule::TaskGraph;

namespace {

/// Pairs (a, b) with a path from a to b, of tasks that are no joins, which are numbered without these.
std::vector<std::vector<char>> reachability(const TaskGraph& graph) {
  const std::size_t count = graph.tasks.size();
  std::vector<std::vector<char>> reach(count, std::vector<char>(count, 0));
  std::vector<int> order = schedule::topological_order(graph);
  std::reverse(order.begin(), order.end());
  for (const int t : order)
    for (const int s : graph.successors_of(t)) {
      std::vector<char>& from = reach[static_cast<std::size_t>(t)];
      from[static_cast<std::size_t>(s)] = 1;
      for (std::size_t i = 0; i < count; ++i) from[i] |= reach[static_cast<std::size_t>(s)][i];
    }
  std::vector<std::vector<char>> kept;
  for (std::size_t a = 0; a < count; ++a) {
    if (graph.tasks[a].group < 0) continue;
    kept.emplace_back();
    for (std::size_t b = 0; b < count; ++b)
      if (graph.tasks[b].group >= 0) kept.back().push_back(reach[a][b]);
  }
  return kept;
}

/// Random graphs beyond one block of bits, some tasks of which are joins.
TaskGraph with_joins(std::uint32_t seed, int tasks) {
  TaskGraph graph = random_dag(seed, tasks, 6);
  Draw draw(seed);
  for (schedule::Task& task : graph.tasks)
    if (draw(3) == 0) task = {};
  return graph;
}

template <class Body>
void for_each_graph(Body body) {
  for_each_task_graph(body);
  for (std::uint32_t seed = 0; seed < 40; ++seed) body(with_joins(seed, 3 + 2 * static_cast<int>(seed)));
  for (std::uint32_t seed = 0; seed < 3; ++seed) body(with_joins(seed, 600 + 300 * static_cast<int>(seed)));
}

}  // namespace

TEST_CASE("an edge that a longer path implies is left out, parallel paths are not") {
  const TaskGraph graph = graph_of({1, 1, 1, 1}, {{0, 1}, {1, 2}, {0, 2}, {2, 3}, {0, 3}, {1, 3}});
  CHECK(edges_of(schedule::reduce_edges(graph)) == Edges{{0, 1}, {1, 2}, {2, 3}});
  const TaskGraph diamond = graph_of({1, 1, 1, 1}, {{0, 1}, {0, 2}, {1, 3}, {2, 3}});
  CHECK(edges_of(schedule::reduce_edges(diamond)) == edges_of(diamond));
}

TEST_CASE("the order stays the same") {
  for_each_graph([](const TaskGraph& graph) {
    const auto wanted = reachability(graph);
    CHECK(reachability(schedule::reduce_edges(graph)) == wanted);
    const TaskGraph reduced = schedule::reduce(graph);
    CHECK(reachability(reduced) == wanted);
    CHECK(reduced.successors.size() <= graph.successors.size());
  });
}

TEST_CASE("no edge that is left is implied by the others") {
  for_each_graph([](const TaskGraph& graph) {
    if (graph.size() > 300) return;
    const TaskGraph reduced = schedule::reduce_edges(graph);
    const Edges edges = edges_of(reduced);
    const auto reach = [](const TaskGraph& g, int from, int to) {
      std::vector<char> seen(g.tasks.size(), 0);
      std::vector<int> open{from};
      while (!open.empty()) {
        const int t = open.back();
        open.pop_back();
        for (const int s : g.successors_of(t))
          if (seen[static_cast<std::size_t>(s)]++ == 0) open.push_back(s);
      }
      return seen[static_cast<std::size_t>(to)] != 0;
    };
    int implied = 0;
    for (std::size_t e = 0; e < edges.size(); ++e) {
      Edges others = edges;
      others.erase(others.begin() + static_cast<std::ptrdiff_t>(e));
      TaskGraph without;
      without.tasks = reduced.tasks;
      link(without, others);
      implied += reach(without, edges[e].first, edges[e].second);
    }
    CHECK(implied == 0);
  });
}

TEST_CASE("joins stay where they save edges") {
  const auto joined = [](int before, int after) {
    TaskGraph graph;
    Edges edges;
    for (int t = 0; t < before; ++t) edges.emplace_back(t, before);
    for (int t = 0; t < after; ++t) edges.emplace_back(before, before + 1 + t);
    for (int t = 0; t < before + 1 + after; ++t)
      graph.tasks.push_back(t == before ? schedule::Task{} : task_of(t, 1));
    link(graph, edges);
    return schedule::reduce(graph);
  };
  CHECK(joined(3, 3).size() == 7);
  CHECK(joined(3, 3).successors.size() == 6);
  CHECK(joined(2, 2).size() == 4);
  CHECK(joined(1, 9).size() == 10);
  CHECK(joined(9, 1).successors.size() == 9);
  CHECK(joined(0, 4).size() == 4);
  CHECK(joined(4, 0).successors.empty());
}

TEST_CASE("a cycle is refused, also one of joins") {
  TaskGraph graph = graph_of({1, 1, 1}, {{0, 1}, {1, 2}, {2, 0}});
  CHECK_THROWS_AS(schedule::reduce_edges(graph), std::invalid_argument);
  for (schedule::Task& task : graph.tasks) task.group = -1;
  CHECK_THROWS_WITH(schedule::reduce(graph), "task graph: expected no cycle");
}

TEST_CASE("programs have no race when their edges are reduced, and fewer edges") {
  for_each_plan([](const plan::PlanView& plan) {
    for (const int max_batch : {1, 128}) {
      const plan::MemoryPlan memory = plan::plan_memory(plan, max_batch);
      const TaskGraph graph = schedule::make_task_graph(plan, memory, max_batch);
      const TaskGraph reduced = schedule::reduce(graph);
      CHECK_FALSE(find_race(plan, memory, reduced, max_batch, max_batch).has_value());
      CHECK(reduced.successors.size() <= graph.successors.size());
      CHECK(reduced.size() <= graph.size());
    }
  });
}

TEST_CASE("ten thousand tasks are reduced in a tenth of a second") {
  // The best of some, since others use the machine as well; sanitizers and slow machines get ten times as long.
  const TaskGraph graph = layered(1, 200, 50, 12);
  double best = 1e9;
  for (int i = 0; i < 5; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const TaskGraph reduced = schedule::reduce_edges(graph);
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    REQUIRE(reduced.size() == 10'000);
  }
  CHECK(best < 1);
  if (best >= 0.1) WARN("reducing ten thousand tasks took " << best << " s");
}
